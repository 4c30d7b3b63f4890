/**
 * The characters of figures, rasterized from DejaVu Sans Mono (https://dejavu-fonts.github.io, free to use and
 * change). Written by scripts/build-glyphs.ts: do not edit.
 */

/** Size of each character in pixels. */
export const glyphSize = { width: 8, height: 16 } as const;

/** The characters in their order; the last one stands for all others. */
export const glyphCharacters =
  "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~¡¢£¤¥¦§¨©ª«¬®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ–—…‘’“”−≈≤≥→Δσ□";

/** Opacities from 0 to 15, row by row, two pixels in each byte: deflated, in base64. */
export const glyphBits = [
  "rVsLdBRVmv7q0Y/qqnRui4qOJF1mFXEGUqWuuI5COgIzMmpsneNxEMwUMLsjKkyDg60EsUBW8IFTvInPHkVBBSzwEZCRafDBohA7gDKSgA2JjE",
  "iICdFx1bP0crs6kJCudFLxnvOf9Ouv/97//q/7/TdAZrhCgKh3JJ8OCBHre3fY+sxujLsc2H3nKSLo2eDPDyHvQhODvJGrqjdtO3N9+TDsHI3K",
  "77fPv/Otf2rC2GT6a9vBhYG+C8Hv3RgR/6zBt0gD+/FWwPV0DPz4Zs8Ff0x4qo/I4DWA0zrzE2DIZ8DroorlkswM3DPgedz2EH5z0+q1cBl3wG",
  "XcB6xeayt/5ELwh/4LnhjAHQD4H4DiIdqtj3D10Uo88F6ZmpfwHP3yU7A2/C4V8EVOUY/Hf5/QQQIQdMAfAhQC3AiL6Ou8EOA1APYAgP/szP4w",
  "gGICiBrgNgGuGWBbLOKTgMcEpDAwBMDU7PN3eUpDrrefVFG2E8KcCRF4QgDbQ0PgVcvmhAhGPrNtwRXTq6a0vQcnw/EQTSAvBgRVYGQ3eQIBYN",
  "OX+EkGlZ3Xhf2mDVjSgBsAVFlGRP2P7kklwB4EvDGgUAX62Nnfd8/Koi7q+SFPPDh4RFIZuDgZVN0Jv+Y1vfFCjan+CmBtdDg4Ak9jMxi+GchG",
  "Z7UQPpVK2s7+/lnwr1gjM5AywWOoCmYrIBrAK4CwOUDyUylbBfCPzIJv6RrV4pUiGPUhwa9XyYAvBnjiZ2GQUXD8B4Iz7OzpVoBrAqQngPvLwd",
  "aUw6eVo2z4E6XXbfx4HVAOi2zcLxolvm2VJO1+s2X4jv4AFsXU8ExAiJ2JoVrh8f8FimweMGApYY/cH6Kz9V+qIrh6n6rEfGYw7Er6w66kYIox",
  "prpRttN/32hUO7fymZjlvHSe6wH2GOCNA3kaUEbSerQdoxbB++mMcJ4mxKSIYHDbXpVdnz2tFoY9cUV2Jf26z+T32cvHhIcgfPqsHAz5DIV440",
  "FVSPjemJRkHlsap+tnURbyHD8Ee/23G9Ruqa23l5XT/rPwt/f37vsvAwxowOjDofI3geu3ysCVR8LA2e/1xF0nNTU19LnssksuvOWWm8Zs3/5u",
  "d/modiZOAfhn3wSYu3eBnbfu7OpZmD42B+OoRfBUPRdi0vZfHAbzD8v088KAWwa8KuDXun7G6A9V77tn1QwhgSVzvHVb3xhCVmwZhegbV2PFHO",
  "GjPUNIUcDzLgjG7O/8IE8YUJLAtN3AB5VgjpXBnQiqvq0P6IXLHouXgz32FLDHTrQnOg7+DWvC/rA3nqaVq0L+FfM0f5hv8YfZVv/Yi5P+1BHV",
  "du59l6lM3X2mELeWGQxZlE+jogG4GxDGjK9jYM638R8VyitHoMgFEUX2xhXZnVRkV7MiexKK7Isplz6oKsff6Mr/NXFbpX6y/NlWqYlV0fDJ9/",
  "MDREylmm3jVzQa8R6unE/dNU2HKzXvnmj45PsM2Y4BSwn31bSYZIAoKnAjAX6PeYkS0r85GOaahZ18M17br4OxiR+EjVA/P0kvP5VU5kxLdvhM",
  "diW7WH/I88y2cKcaMEPMefPp+u0LwF9HgQmvEaAkC92IEXgcQ4432MbPvoS5R5FFU5H/RpSfb4bydxXKRyaUSw9BkSfJiizGFZn9p+38w5a72N",
  "JfA8SXSn1jx3+FzE950JC+qUgMbKhYFG2oGLmloSIv3lDhDjdUACfJ1nxDbERJ8EnlEz6pVPBJpfiCpDJgdlIp+iKpyG8nFfn3SUXOS9r7/0K4",
  "v3xOlSK+WFB1J0tkvrmE8C10z4JhT9xnFkTY/T8Su/jtio6HuO01XdRdLaLOtoq694B4tCksLpQ7bKUD+c0Z+TpbTeXPk08Ug2pn/7sJwZer5a",
  "AqGUFVMIOlZVow9S8E1RkkqIpGUOWPBVVss5e/hHj3VGj5quX3vsM3AXc2hQAaEfikl/zMFP+vUbbLP7dGo3+e8My2xXb2m0sBHpnTaK2UjfJD",
  "7rikizFuP82f2eWPAMaXg22lvxcjPsNj+kNcy1CC3RXAsreAMQeBQvsAMAUY/AnwaBWw8hHR+OCuwsSuG36zs6X43iVJ/+t3xaWkYvhMv+3B4C",
  "KCKVLEk+APFobw5MtA4QGg+ADwysvgDxarBZo3/jSYQ3b8dP4lsuuAEMuLMA0PANMbrBzcTf25o9Ep3sqnWq2CbyIB23DyJdNg+V9+KvUv2wcU",
  "/AMIyt2ga4DzqjqvH5lUGUdaHipgFcu0aKbFMy2i08U0LS6yBNHV8RNBJAHwOah/AngqlkUBYeCBBvA7h6qDVFdNoOcn4B6NaDQ6NRCgBxSAGZ",
  "tZrxDp/YMvUOE9skNmqZ5+VRETtt5pBmXBDKrFpufoZybOsCnZMqcXadwlkN7ZIUtxWofySUnjmiWdT0o1vpi0plG2y1+nqrfLgCfeibkOQhUM",
  "y+ToX74eIczYbwDn23mwnj7gnnmOwTfWGXmRQkORfUYJEYyg7DMkvdjg9tUaOc+jnAp2+w5Z1L1m8LeXJ0s2blxLzU6MMSF2037Drv4A+04M4k",
  "zCDhonCx/XGenzdjbKNc4MEL6xttP8RWOowVZ/aFBwgB9fLnOrXuikf3p0F8eWQlxdLYtxURcj3piodST7AKgDLg1MEQFfbVhYwWkkNTUlbPnZ",
  "xImzvgEUyWB3NFv4QTbik+Cui0FY33EfPFSESYmRvWY/w7v2f+DdYcD7/UF4zafhNSXda3K2+dffRCycIxsFiVVUuj7Xc6n/jCKOlP99Vfx2n3",
  "FsjKDvGi1EOlAufjbgUP/t7I+rqyOiIRr5NP/IrmS+6o6LsX46W32E5LJf9ow2//Od8r+Ii/qfQf1PGiun/VSwM0WOEK6x1hSNAjOf5nHZm/4r",
  "GoUmu6/WBNvXtMAgV3ZdBngZG/Z9gU0qgw0WlNGBcq6/FGzdJtkbY4jnEwLm8R8JMCjCEUnzNh6xP//TuHQDwJYXkYGfb4+kYZT2pNAzVFPO/W",
  "fAkNP3TNSEmBAriHFH98Zs8btT05AVwh2QNCFdA9BzFKqWAXfXA4WJnMuXgTN2A9OWASvuEvVdxf22JP33rTB9uybqnmQwZwBhwci0hmPrJxLc",
  "Xg8UmMCTW+GuKQ4NVd01Oe0fOF+R2RZqu65EXhgNZcCjK4Hig4AYTydZbh4gLLDRX1ER8WynAYTiP59aAfwpgEoWjzcZ9opfFYZ3rYVf+qxag5",
  "uhwkUhIDFifUaJuhB3NAwwHQ1B0Drip90h5hS7l1amg9qCaOZ716cyuL2qNZ+IRXlheOrI6dKzjl8cGX/PLReumt+j/EsfTHVG6wkmk9N9WepY",
  "Xs2CPMwEmOXApMYY1zqTeM2ZEIyZ8JgzwX4zU0b50RiwwPpdJ797RIOyxMB0AE9aJKWaTr5mXgkQJZVq6c4S3DcXGUztGhVxQcVmn8rW7Qi71E",
  "CXxUm7+lNjG6bjqu2Na2n9+cs1e//arQMM1dvp+0sxjfSEQp2/Oz2OXrkE7KHfgafw+I4QPC8ehk/rF3EdEiK4+iMCzEsD6VztZ0CfLDUM7XnQ",
  "HkhvxqjZ+Nm4/9BnP7r43uUGfC9G4Ht+C3PxyCsXPe9a/5jaZeyfMAu4+Xrgtk2E2+wn7O6/EFz7K7AbN/a8DuURQuV5kfPmb0XxsF3gPrlBxQ",
  "CuR8XlFdHolJGVlTRfU9ztoe6vf4A+e8OL98bWjfLF3q7xxdZFLx5Z6s69/ldWAsOHOdf9xTOB9+8EY0rA+pVWP8zJyPQvLhy9+KbRm2pfT/uv",
  "VwMTCJAHu8AfMGEycM0yAEsAtwFMOBFAXq3qvly6/5dMA9wvAvwygFwPvPp6N5kvPOGB71sxtJeDJVnyJ62DzAJT3PTld2IpkcWQBWeehh+FfK",
  "lleklqqn5jaqpemJqqs2um6vBkIfb83I0gGj/p+dUd/mkPXowJXF4DXHGafVwbAq6lcbsdTVvf/edeOQvsrtvhNkTVbUgqs/tu4KLJ4Bz4L3Vf",
  "wagCnjzPQFn/GtfO6USQ7dPQRRHg8gTAtKPrPvo3jZu2PjS39FwZeFwFP01Fv6vCOGeeQdGSbvOPeFkGdyY9XMeAqwi4tYBnY4c6+JzFQJ+BKt",
  "hpBMwYFcQXxnUb+nRbfqc8QA8StM9LidYLBRqYDy38VTQY4v7+2RCuvcf6/RBy4lwfdo5/czXWdJzyX70ZmDzYOf/26WBKb3bO35a3nPKPeRdY",
  "eyUw9yWg5EA7/vIe9Q9wRfQevPrDQhysB5eoh8f4aoEYPjw5OKcVt89txTI0kE/w9Xe97x/8EXBVAO4pFt8gOX0fICf+P9MG/2d3Am7VOf/ALc",
  "C4/s753xoD/La/8/5Fxv4p/u92gv9n7N8xf8b+HfNn7Le3/Yu+93bsH/3lYXfyuaW0Z5Kjf0T9L3Szc/y/Lf44xf/b4o9T/rb445S/Lf445W+L",
  "P73sf3S46hFyG3zDJBVl9cCkBrjry0KCynddv46aNcL95RObpYgUC6oTkyVF7zeX/OLfW0qWupJB0xMvjBVElu7/kainy8/sn+P+QWb/HPNn9s",
  "8xf0b/vZ1/b/sHJ6+f1W6QxeWjD4g6822a3ppeI+5dIec8/j39AbzvlqmSdnVE+sMWSBN0SH84BEkrMySNbZU0pl6aUZ0Vv+2AnzvCv9vVz074",
  "6Zlh4GZg3UiH8hlg+/VgJi92jN+n7WDK4J7z041b9pJVA9BawKn8tnRa2ofcsKP2IPHF5uDihY8M2VFb9ZKg4yXRZMv2vnOIkXMAoDn7B3dY+d",
  "81pd3dRVrHUBBId4j/96eJ2Dk/F7LqgBd+6bz/8OYYYPxgR/zt7Z/i/y47/P/r44lc50dH/O3s35n8E1vw0vXpOshx/6LybDAP7gZ3zRdgnjlO",
  "hC39rHt0Fv6e6Bp/P+V/TvD/DvHHEf7fLv444W8ffxzJbxd/nPYv2uJPL/sf6Ttj9J6YK4SRlZULKA5lYQGxDnhvF/2Xa7i6urWiXmzkqxsSwX",
  "NvSeavdMfFRD/9qh1HSGkW+R38x1H/oJ3/OOFv7z9O+xcZ/fd2/k77B2Kn/nEP+1eZ+fe2f3H62LdvX21v4KLe8reNGYOWNzw46I1v7fPeZgvg",
  "8BtAgYN7AO6dgKfFurMhObhn/bAQZltLZKF5NYT4qz3n3zNIY75TNNeBicQTefgngepO+n9PB/1fgOMPLx/GTdPOWa8Ou+N3n2/p2QPOeoG5q3",
  "Hyn94nGLBvEQH3eD0TCFzaJf7bHsoNAQOqXyRgJ7YytzXO/FOVjKJc+HHnDUUg0Nd8oqnpWysB8l3/PBv+Ew+qPl3UC0OeeHmgz7HnUqnvcuOj",
  "RTL7capVXDdDzVeFWPfy56kxfPjwYXui0QrTuvHbgd4bPvy6uXPndjCO/wc=",
].join("");

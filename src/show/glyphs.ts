/**
 * The characters of figures, rasterized from DejaVu Sans Mono (https://dejavu-fonts.github.io, free to use and
 * change). Written by scripts/build-glyphs.ts: do not edit.
 */

/** Size of each character in pixels. */
export const glyphSize = { width: 8, height: 16 } as const;

/** The characters in their order; the last one stands for all others. */
export const glyphCharacters =
  "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~¡¢£¤¥¦§¨©ª«¬®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ–—…−≈≤≥→Δσ□";

/** Opacities from 0 to 15, row by row, two pixels in each byte: deflated, in base64. */
export const glyphBits = [
  "rVoLdBRllv7q0Y/q6iR/i4oOJF1mBXEHUqWuuI5COoIzMmhsneNxEMwUMLsjKkyDg60EsUBW8IFTvAmI1igvFbFANCAr04DKohA7gDKSgA2JDE",
  "iIAXRc9Sy9/F0dSEhXOqnMf849/bx1/7r/fX63gPRyhQBRa00+DRAi1u/usPWd3Rp1PbD3wfNE0LnFXxFCTi8T/byRm6o277h4Q9kg7B6Oih92",
  "zn7w3b+rwshE6mfbxYWB7nPB798UEf+kwjdPBfvpdsD1ogF+dJPnyj/EPVXHJfAqwKlt+Qkw4AvgbVHBMr/E9N3X5xXc9xR+fdeba+HSH4BLfw",
  "x4c62t/CFzwR/5T3gMgDsE8D8CRQPUe5/h6qIVeOKDUiUn7jlx9HOwNvwuBfBFzlOn13+d1UEcEDQgNwTIBLgTFtH3OSHAqwPsIQD/0Zb9aQBF",
  "BBBVwG0CXBPAnrSITwAeE/CHgQEAJmbev8tTEnK9t1hB6W4IM8ZE4AkBbCcNgVcsmxMiGLJ0x5wbJldOaP4MToLjJZpAjgEEFWBIB3kCAWDzUf",
  "xTFpWd0479pgzYrwJ3AKi0jIj6Hz2TCoA9DHgNoEAButnZ3/cvSaImankhTyzY/9aE3Hd+Iqi447mq1/TGClSm6muAtdFh/wg8DU1g+CYgE11y",
  "kvDJZMJ2949PQ+7KNRIDfzp4DFTAbAdEHXgdELYESF4yaasA/plp8C1co1i8/giGfUzwq9US4DMAT+wS9NPzz/xIcJGdPd0LcI2A/wXg8TKw1W",
  "XwqWUoHfxCydBNn64DymCRjftFo8S3o4Kk3G+6BN+JH8GiiBqeCQjGxRioFpz5X6DQ5gJ9FhL2+OMhutvcaxUE3zygyIbPDIZdidywKyGYosFU",
  "NUh2+u8ejaqXVyw1LOel+9wAsKcAbwzIUYFSktKj7Ro2D97Pp4RzVMHwRwSd2/GG5PriRaUg7InJkiuRq/lM/oC9fIx5CsLnL0nBkE+XiTcWVI",
  "S4b/24BPPcwhi9fxalIc+ZI7DXf4tF7ZbaektZWe0/A39Lf++4/zJAn3oMPxYqewe4fbsE3Hg8DFz6QWfcdVxjY3236667ptc999w1YufObR3l",
  "o9oZOwHgX3oHYB7eA3bWukurpmHyyCyMw+bBU/lyiEnZf1EYzN8s088JA24J8CpArtr+NYZ/rHi3XVI9gAQWzPDWbl8/gKzcOgzR9Tdj5Qzhk3",
  "0DSGHAsw0EIw62vZAnDMgJYNJe4KMKMKdK4Y4HFd/2J7SCRc/FysCeWgLssxPtiY5C7sY14dywN5aiVatDuStnqblh/mRumD2dO/LqRG7yuGK7",
  "9+6LFKb2MVOIWbcZDFmUR6OiDrjrEcaUbwwwV9j4jwL59eOQpfyILHljsuROyJKrSZY8cVnyGfK1TyrymfXt+b8q7qjQzpU/OypUsTIaPvd5do",
  "CIyWSTbfyKRiPeYxWzqbum6FiF6t0XDZ/7nCbb1Wch4b6eZPh1EFkB7iTA7zArXkx6NwXDXJOwm2/CWwc1MDbxg7AR6ufn6LUlCXnGpESr7yRX",
  "op37D3mW7gi3qQHTxPSYTe/fvgD8VRQY8xYBijPQnbgVz2PAmXrb+NmdMI/IkmjK0n8T+V+3QP6rAvkTE/K1RyBL4yRZEmOyxP7ddv9hy11s6S",
  "8B4ksmv7Xjv0HiJzyp+78tj/etL58XrS8fsrW+PCdWX+4O15cD58jWfENsRI7zCfkzPiGX8wm56MqE3Gd6Qi78KiFL7yVk6XcJWcpJ2Pv/XLiP",
  "vqz4Iz4jqLgTxRLfVEz4k/TMgmFPzGfmR9iDPxG7+O2Kjoa44y1N1FwnRY09LWreQ+KJxrA4V2p1lA7kN6Xla2wVlT9LOlsMKm397y4EX6uSgo",
  "pfDyqCGSwpVYPJfyCoTCFBRdSDCn8qqGCHvfwFxLuvXM1TLL/3HbsLeLAxBNCIwCe85Gem+H8Nkl3+uTca/dOYpTvm29lvNgV4JE6ltVImygu5",
  "Y35NNLiDNH9mln8rMLoM7Gn6fzHi0z1mbog7OZBgbzmw6F1gxGGgwD4ATAD6fwY8WwmsekbUP3qoIL7njl/vPln06IJE7tsPxfwJWfeZubaNwV",
  "UEE/wRT5w/XBDC4teAgkNA0SHg9dfAHy5S8lVv7EUwR+z46f6LJdchwciJMPVPAJPrrRzcQf25o9EJ3oolp62CbywBW3/uLVNv+V9eMvkP2wvk",
  "/w0ISh2gW4AelW3vH+lUGUNKHsphFcu0aKbFMy2iU8U0LS4yBNE3Y2eDSBzgs1DvOLDEyKCAMPBEPfjdA5V+iqs60PkOuFMrGo1ODARogwIwI9",
  "P3K0S6fuErFXiP75JYqqdflhvC9gfNoCSYQaXI9Jz4wsRFNiVbunvxj7oG/vd3Sf4YrUP5hF/lmvwan/BX+wz/mgbJLn+dr96uA15433AdhiLo",
  "lsnRV74OIUw5qANX2HmwlmpwL75M5xtq9ZxIgS5LPr2YCHpQ8ul+rUjnDtToWftRTgG7c5ckal4z+JvrE8WbNq2lZicaTIjdfFC3qz/Avm9AnE",
  "rYfqMk4dNaPdVvZ6Js6+IA4Rtq2uxf1AfqbNXHOgUH+NFlErf61Tb6p627OLIE4ptVkhgTNTHiNUS1NdkHQA1wqWAKCfgq3cIKLiB/Y2Pclp+N",
  "n+31daBQArurycIPMhGfADfUgLCh9Tl4qAiTEiN5zZ66d+3/wLtLh/eHw/CaL8Jr+jWvydnm39xGYuEcmShIrKLS9aWWTf0XFXKk7K+rY/f79F",
  "MjBG3PcCHSirLxswGH+m9hf1xtLRF1Uc+j+UdyJfIUd0w0emps1XGSzX7Zi5r9z3fe/yIu6n869T//SCnlp4KdKXKEcA01pqjnm3k0j0ve1Kuo",
  "F5jsgRoTbHfTAoNcmXUZ4CVsPPAVNisMNlpQRivKev8lYGs3S16DIZ7PCJjnfyJAvwhH/Kq34bh9/0/j0h0AW1ZI+n65M5KCUVqSTHuoxqznz4",
  "AhF56ZqAqGYOQb3In9hi1+d34bkky4Q35VSNUAtI9C5SLg4TqgIJ719iXgor3ApEXAyodEbU9Rz62J3MdWmr49YzVPIpg1gLBgJFrDsXVjCe6v",
  "A/JNYPF2uKuLQgMVd3VW+weukCX2JLVdVzwnjPpS4NlVQNFhQIylkiw3CxDm2OivsJB4dtIAQvGfz60AvgSgksUzjbq94leH4V1r4Zc+q9bgpi",
  "hwUQhIjFjfUaIuxJ0IA0xrQxDU1vhpR4g5z+6llWm/5iCa/t31uQRuv2LtJ2JRThieWnKh9Izr58dHP3JPr9WzO5V/6YWpzmg9waRzui9DHcsr",
  "GZCHqQCzDBjXYHCnpxKvORWCPhUecyrYb6dKKDthAHOs/7Xxu2dUyAt0TAaw2CJ/svHce+b1AJGTyZMduQX33YU6U7NGQUxQsMWnsLW7wi4l0G",
  "5x0qL+VNn6ybhpZ8NaWn/+Ys3+v3SogaF6u/B8KaaR2lCo7W8XxtEbF4A98lvwFB7fFYJn+TH41J4R1xEhgps/IcCsFJDO1XwBdMtQw9CZB52B",
  "dGUNm46fjfp3bfqz8x9dpsO3PALfK1uZq4fcOO8V14bnlHZj/5hpwN23A/dtJtyWXMLu/TPBbb8Eu2lT5+tQHiFU9Ij0mL0dRYP2gPvsDgV9uE",
  "4VlzdEoxOGVFTQfE1xt6c6fv99tOkblz9qrBvmM96r9hnrolcPKXFnv//XVwGDBznX/dVTgQ8fBGP6gQ2rrHmYk5WeX/QaPv+u4Ztr3k75r1cF",
  "EwiQJ9vBHzBmPHDLIgALALcOjDkbQN6o7Lhcev7XTALcywF+EUBuB954u4PMvc564IdWDO3iYkmG/EnrIDPfFDcf/V4sIZIYsuDMC/CjkC+5SC",
  "tOTtTuTE7UCpITNXbNRA2eDMRekX0QROMn7V/d4X9u48WYwPXVwA0X2MdtIeA2Grdb0KQNHb/ujdPA7rkfbl1U3LpfYfY+DFw1HpwD/6XuK+iV",
  "wOIeOkp7V7t2TyaCZJ+GrooA18cBpgUN/eRfVG7ShtDMkssl4HkF/CQFPW8K47JZOkVLOsx/62sSuItpc20ANxFwawHPplZ18GXzgW59FbCTCJ",
  "gRCogvjKEbu3VYfps8QBsJOuelROuFfBXMxxb+KuoMcf/wUgi3PWL9fwA529eHnePfXLW1Haf8N28Bxvd3zr9zMpiSu53zN+ctp/wjtgFrbwRm",
  "rgCKD7XgL+vU/AA3RB/BGz/OxeE6cPE6ePSv54jhY+ODM07j/pmnsQj15DN8833X5wd/AFzlgHuCxddPSj0PkBX/n2qD/7O7AbfinL/vVmBUb+",
  "f8744AftPb+fwibf8U/3c7wf/T9u+YP23/jvnT9tvV+UX3R1vPj/78tDvx8kI6M8kyP6L+F7rbOf7fHH+c4v/N8ccpf3P8ccrfHH+c8jfHny7O",
  "P1o96hFy63z9OAWldcC4erjrSkOCwrdfvw6bdqv76Atb/BG/EVTGJooLP2wq/vm/nSxe6EoETU+swMiPLDz4E1EulJ8+P8fzg/T5OeZPn59j/r",
  "T+u7r/rs4Pzj1+VrNREpcNPyRqzHcpendytbh/pZS1/XvxI3i3lSp+9eaI//db4R+jwf/7I/CrpbpfZU/7VabOP6UqI37bCj93hH+3qJ+d8NOe",
  "oe8WYN0Qh/IZYOftYMbPd4zfp+xgQv/O89ODW7TCqgFoLeBUfnM6LelG7thVc5j4jBm4eu4zA3bVVK4QNKwQTbZ0//tHGCkLAJp1fvCAlf9dE1",
  "o8u0jrGAoCaQ7x/940ETvn50JWHfDqL5zPH94ZAYzu74i/pf1T/N9lh/9/cyaerX90xN/C/p3JP3sEK25P1UGO5xcVl4J5ci+4W74Cs/QMEbb2",
  "tJ6js/D3ePv4+3n/c4L/t4o/jvD/FvHHCX/L+ONIfov443R+0Rx/ujj/SD0zRp8Tc4UwpKJiDsWhLCzAaIX3tjN/uYWrrV0rakV6nrIxHrz8nk",
  "TeKndMjPfUbtp1nJRkkN/KfxzND1r4jxP+lv7jdH6R1n9X9+90fiC2mR93cn6V3n9X5xcXrgMHDtR0BS7qKn/zmtJvWf2T/dZ/1xmec/bf2UWf",
  "hT/z9LJB3CT1sg3KoAd+++XWzl3gkleZhxrG//FDgj4H5hFwz9cxgcC17eKfLaHMENCnajkBO/Y0c1/D1D9WSijMhp+2BQARCHQ3X2hs/M5KAH",
  "z7f8+Ef8SCik8TtYKQJ1YW6Hbq5WTy++z4YKHEfpo8La6bouQpgtGx/HF+DR48eNC+aLTctJ54bUUfDB48dObMmU+3/P//Aw==",
].join("");

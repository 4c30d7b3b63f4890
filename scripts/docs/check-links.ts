/** Checks every link of the built site: pages, anchors, images. Other sites are not asked. */
import { join } from "node:path";
import { LinkChecker } from "linkinator";

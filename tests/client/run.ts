/** Runs the example against the daemon that the arguments name, and tells what it saw. */

import { tour } from "../../frontend/client/example/contacts.ts";

declare const process: { argv: [string, string, string, string, string] };

const [, , baseUrl, username, password] = process.argv;
console.log(JSON.stringify(await tour(baseUrl, username, password)));

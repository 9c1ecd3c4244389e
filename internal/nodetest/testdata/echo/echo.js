// Writes its argument, its input and what a package of npm says of it.
const {stdnum} = require("stdnum");
const {decorate} = require("./decorate.js");
const input = require("fs").readFileSync(0, "utf8");
if (input === "fail") {
  console.error("as asked");
  process.exit(3);
}
console.log(decorate(process.argv[2]), input, stdnum.FR.siren.validate(input).isValid);

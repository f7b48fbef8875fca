// Print what the AWS SDK for JavaScript makes of config files, as JSON. Standard
// input names the files. The SDK hides its errors: whether it gave up a file
// shows in whether it sees a profile at the end of it.
import { appendFileSync, copyFileSync, readFileSync } from "node:fs";
import { loadSharedConfigFiles } from "@smithy/shared-ini-file-loader";

const object = Object.getOwnPropertyDescriptors(Object);
const load = async (configFilepath) => {
  const files = await loadSharedConfigFiles({ configFilepath, filepath: "/dev/null", ignoreCache: true });
  Object.defineProperties(Object, object); // a section [constructor] writes into it
  return files.configFile;
};
const readings = {};
for (const path of JSON.parse(readFileSync(0, "utf8"))) {
  const profiles = { ...(await load(path)) };
  for (const name of Object.keys(profiles)) {
    if (/^(sso-session|services)\./.test(name)) delete profiles[name];
  }
  const probe = path + ".probe";
  copyFileSync(path, probe);
  appendFileSync(probe, "\n[profile probe]\nregion = eu-west-1\n");
  readings[path] = (await load(probe)).probe ? { profiles } : { lost: "nothing read" };
}
console.log(JSON.stringify(readings));

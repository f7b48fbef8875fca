// Print what the AWS SDK for JavaScript makes of every profile, as JSON, and
// whether it gets role credentials for it; with arguments, of those profiles alone.
import { fromSSO } from "@aws-sdk/credential-provider-sso";
import { loadSharedConfigFiles, loadSsoSessionData } from "@smithy/shared-ini-file-loader";

const { configFile } = await loadSharedConfigFiles();
const sessions = await loadSsoSessionData();
const wanted = process.argv.slice(2);
const profiles = {};
for (const [name, profile] of Object.entries(configFile)) {
  if (!profile.sso_account_id) continue; // sections of other kinds are listed too
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const portal = sessions[profile.sso_session] ?? profile;
  const credentials = await fromSSO({ profile: name })();
  profiles[name] = {
    accountId: profile.sso_account_id,
    roleName: profile.sso_role_name,
    startUrl: portal.sso_start_url,
    region: portal.sso_region,
    credentials: credentials.accessKeyId.startsWith("ASIA"),
  };
}
console.log(JSON.stringify(profiles));

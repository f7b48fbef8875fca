package cli

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"

	"aws-sso-config-generator/internal/atomicfile"
	"aws-sso-config-generator/internal/awsconfig"
	"aws-sso-config-generator/internal/identitycenter"
	"aws-sso-config-generator/internal/inventory"
	"aws-sso-config-generator/internal/profile"
	"aws-sso-config-generator/internal/settings"
	"aws-sso-config-generator/internal/signin"
	"aws-sso-config-generator/internal/terminal"
)

// A hint says what to type next after an error. The table is read from the top:
// what knows more about an error stands before what knows less.
var hints = []struct {
	when func(error) bool
	say  string
}{
	// What was typed.
	{is(identitycenter.ErrStartURL), "copy it from your access portal; it looks like https://d-1234567890.awsapps.com/start"},
	{is(identitycenter.ErrRegion), "regions look like eu-west-1; --sso-region is where your access portal lives, --region where your own resources are"},
	{is(identitycenter.ErrEndpointVariant), "unset AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SSO and AWS_ENDPOINT_URL_SSO_OIDC, or AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT (use_fips_endpoint and use_dualstack_endpoint in the config file)"},
	{is(identitycenter.ErrEndpoint), "correct or unset AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SSO and AWS_ENDPOINT_URL_SSO_OIDC"},
	{is(settings.ErrOthersWrite), "make it yours alone to write: chmod o-w"},
	{is(errLook), "run it once without --yes; the same settings are not asked about again"},
	{is(profile.ErrName), "add {{ .AccountID }} or {{ .RoleName }} to the template (--profile-name, profile_name in the settings), or give an account or a role another name (accounts, roles); its profiles stay as they are"},
	{is(profile.ErrChosenName), "one name is for one profile: make the match in the settings narrower, such as with role or the id of the account, or choose another name; its profiles stay as they are"},
	{is(profile.ErrSeveral), "make account and role in the settings narrower, with the id of the account; its profiles stay as they are"},
	{is(errProfileName), `an example: --profile-name '{{ .AccountName | kebab }}-{{ .RoleName | lower }}'; fields are AccountID, AccountName, Email, RoleName, Session, Region, functions lower, upper, title, kebab, snake, replace, regexReplace, trimPrefix, trimSuffix, truncate, default, accountAlias`},
	{is(errRenames), `the file looks like {"accounts": {"111122223333": "dev"}, "roles": {"AdministratorAccess": ""}}`},
	{is(errOrganization), `the file looks like {"accounts": [{"id": "000000000001", "name": "dev", "roles": ["AdministratorAccess"]}]}`},
	{is(errServe), "take --port 0, which finds a free one"},
	{is(errNoHome), "set HOME"},
	{both(errUndo, terminal.ErrNoAnswer), "answer y or n, or give --yes; nothing was changed"},
	{is(errCutShort), "every question takes an answer on a line of its own, a line break at its end; nothing of what was asked about was written"},
	{is(errSessionThere), "choose another name; to change that session, edit your settings: '" + program + " settings show --origin' says where they are"},
	{is(errNoSettings), program + " init makes some"},
	{both(errSeed, errNotHTTPS), "give an https URL, or download the file and name that"},
	{both(errSeed, errWebPage), "give the address of the file itself, or download it and name the file"},
	{is(terminal.ErrNoAnswer), "answer the question, or give --start-url and --sso-region"},

	// The way to the service.
	{is(identitycenter.ErrCABundle), "correct AWS_CA_BUNDLE, or ca_bundle in the config file: the path of a file of certificates in PEM format"},
	{is(identitycenter.ErrProxy), "check HTTPS_PROXY; where it wants a name and a password, they go like https://NAME:PASSWORD@HOST:PORT; NO_PROXY=.amazonaws.com goes without it"},
	{func(err error) bool { return errors.Is(err, errSeed) && as[*net.DNSError](err) }, "no such host: check the URL, your network and HTTPS_PROXY"},
	{as[*net.DNSError], "no such host: check --sso-region, your network and HTTPS_PROXY"},
	{expired, "a certificate is out of date, or the clock of this computer is wrong: look at the date"},
	{as[x509.UnknownAuthorityError], "somebody between here and AWS shows another certificate: your company's proxy? Name the file with its CA in AWS_CA_BUNDLE (ca_bundle in the config file)"},
	{as[x509.HostnameError], "somebody between here and AWS answers with the certificate of another host: check HTTPS_PROXY and your network"},

	// The sign-in.
	{is(signin.ErrOtherPortal), "--sso-session-name names another session; 'aws-sso-config-generator status' shows which there are"},
	{is(errAlone, signin.ErrCache), "~/.aws/sso/cache should be a directory of yours with files of yours, in which there is room"},
	{is(errRevoke), "there, it goes on until its time is over; to end it now, sign out in your access portal"},
	{is(errNoSession), program + " status shows which there are; --start-url names another one"},
	{is(signin.ErrListen), "close programs that hold many ports and run it again; --device-code needs none to listen on"},
	{is(signin.ErrTimeout), "run it again and finish in the browser; --timeout 30m gives more time, and --device-code works with a browser on any device"},
	{is(signin.ErrRefused), "run it again and choose Allow; if you did, ask your administrator whether you may use the AWS CLI"},
	{is(signin.ErrAuthorize), "run it again; if it stays, check --start-url and --sso-region, then ask your administrator"},
	{is(identitycenter.ErrInvalidClientMetadata), "the start URL and the SSO region do not belong together, or the start URL is not right: check --start-url and --sso-region"},
	{is(identitycenter.ErrInvalidGrant, identitycenter.ErrExpiredToken), "the sign-in took too long or was used twice: run it again"},
	{is(identitycenter.ErrInvalidClient), "run it again; if that does not help, check --sso-region"},
	{both(errSignIn, identitycenter.ErrInvalidRequest), "check --start-url and --sso-region: they may not belong together"},
	{both(errSignIn, identitycenter.ErrUnauthorized, identitycenter.ErrForbidden, identitycenter.ErrNotFound), "something between here and AWS may have answered: check HTTPS_PROXY and --sso-region (--debug shows every request)"},
	{both(errSignIn, identitycenter.ErrThrottled, identitycenter.ErrSlowDown), "too many sign-ins at once: wait a minute, then run it again"},
	{is(errFiltered), program + " settings show prints include and exclude; its profiles stay as they are"},
	{is(errUnknownSession), program + " settings show prints the sessions that there are"},
	{as[*settings.Error], "correct the file there; 'aws-sso-config-generator settings schema' prints every key"},
	{is(errNoRole), "ask your administrator to assign you to an account; nothing was written"},

	// The access portal.
	{is(errOutdated), "run it again without --check to write this"},
	{is(errReport), "name another file, or - for standard output"},
	{both(errPartial, identitycenter.ErrTransient), "the service or your network failed: run it again; if it stays, ask your administrator about these accounts"},
	{is(errPartial), "run it again later; if it stays, ask your administrator whether you may still use these accounts"},
	{is(identitycenter.ErrUnauthorized), "your session has ended: run it again to sign in"},
	{is(identitycenter.ErrForbidden, identitycenter.ErrNotFound), "your access may have just changed: run it again, then ask your administrator; nothing was written"},
	{is(identitycenter.ErrThrottled), "your organization is large or many people ask at once: run it again, with a longer --discovery-timeout"},
	{as[*net.OpError], "check your network and HTTPS_PROXY, then run it again"},
	{is(inventory.ErrTimeout), "run it again, with a longer --discovery-timeout"},
	{is(identitycenter.ErrTransient), "run it again in a moment; if it stays, look at your network and HTTPS_PROXY (--debug shows every request)"},
	{as[*identitycenter.Error], "run it again with --debug to see every request"},
	{is(errSeed), "it takes a file, or an https URL that leads to one; '" + program + " init --print' makes such a file"},

	// The files.
	{both(errWriteSettings, atomicfile.ErrChanged), "the file was changed meanwhile: run it again"},
	{is(errWriteSettings), "make it a file that you can write, or name another one with --settings"},
	{as[*settings.ByHandError], "write this into it by hand, at the end of the list of sessions:"},
	{is(errSettings), "make it a file that you can read, or name another one with --settings"},
	{is(errRead), "make it a file that you can read, or name another one in AWS_CONFIG_FILE"},
	{is(awsconfig.ErrDamagedBlock), "open the file: our block needs one BEGIN and one END line. Mend them, or delete the block with both lines; nothing was written"},
	{is(awsconfig.ErrNotUTF8), "the AWS CLI cannot read this file either: save it as UTF-8, or write elsewhere with --out FILE"},
	{is(awsconfig.ErrSessionConflict), "choose another name with --sso-session-name, or correct the section in the file; nothing was written"},
	{is(errNothingToUndo), "there are versions of what this program wrote, and of no other file; --out FILE names another one"},
	{is(errNoVersion), program + " undo --list shows which there are"},
	{is(errMeanwhile), "run it again and look at the new changes; nothing was changed"},
	{is(awsconfig.ErrBehind), "nothing was written; mend what is said there, or remove the directory: undo starts over then"},
	{is(awsconfig.ErrHistory), "the next run begins a new history; files that end in .config in its directory are what your config file was"},
	{is(errWorse), "this is a mistake in this program: report it, with the file if you can. Nothing was written; write elsewhere with --out FILE"},
	{is(atomicfile.ErrChanged), "another program keeps writing this file: run it again when it is done"},
	{is(atomicfile.ErrHardLink), "a hard link would be left behind with the old contents: make it a symbolic link, or write elsewhere with --out FILE"},
	{is(atomicfile.ErrMountPoint), "mount the directory that it is in, and not the file alone; or write elsewhere with --out FILE"},
	{is(atomicfile.ErrReadOnly), "if you want it changed, make it writable first (chmod u+w), or write elsewhere with --out FILE"},
	{as[*fileError], "write elsewhere with --out FILE, or to standard output with --out -"},
}

// hintFor is what to do after err, or "".
func hintFor(err error) string {
	if hinted, ok := errors.AsType[*terminal.HintedError](err); ok {
		return hinted.Hint
	}
	if missing, ok := errors.AsType[*missingError](err); ok {
		if missing.session != "" {
			return fmt.Sprintf("write %s for session %s into your settings", strings.ReplaceAll(missing.flag, "-", "_"), missing.session)
		}
		return fmt.Sprintf("give --%s, or set %s; on a terminal it is asked for", missing.flag, variable(missing.flag))
	}
	if unknown, ok := errors.AsType[*unknownError](err); ok {
		if unknown.meant != "" {
			return fmt.Sprintf("did you mean %s?", unknown.meant)
		}
		return fmt.Sprintf("%s --help lists what there is", unknown.command)
	}
	if e, ok := errors.AsType[*identitycenter.Error](err); ok && e.Region != "" {
		return fmt.Sprintf("the service names another region: try --sso-region %s", e.Region)
	}
	if several, ok := errors.AsType[*severalError](err); ok {
		return "say which one with --session: " + strings.Join(names(several.sessions), ", ")
	}
	if port := busyPort(err); port != 0 {
		return fmt.Sprintf("another program uses port %d, or it is not for you to open: choose another one with --callback-port, or leave that out for any that is free; --device-code needs none to listen on", port)
	}
	for _, hint := range hints {
		if hint.when(err) {
			return hint.say
		}
	}
	if errors.Is(err, errUsage) {
		return program + " --help shows examples"
	}
	return ""
}

// busyPort is the port that was asked for and that the callback could not have, or 0.
func busyPort(err error) int {
	if listen, ok := errors.AsType[*net.OpError](err); ok && errors.Is(err, signin.ErrListen) {
		if address, ok := listen.Addr.(*net.TCPAddr); ok {
			return address.Port
		}
	}
	return 0
}

func is(targets ...error) func(error) bool {
	return func(err error) bool {
		for _, target := range targets {
			if errors.Is(err, target) {
				return true
			}
		}
		return false
	}
}

// both matches an error that has the first of these and one of the others.
func both(first error, others ...error) func(error) bool {
	return func(err error) bool { return errors.Is(err, first) && is(others...)(err) }
}

// expired matches a certificate that is out of date by this computer's clock.
func expired(err error) bool {
	invalid, ok := errors.AsType[x509.CertificateInvalidError](err)
	return ok && invalid.Reason == x509.Expired
}

func as[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

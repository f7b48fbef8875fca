package awsconfig

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// The tools whose profiles we know, besides the AWS CLI and whatever writes as it does.
const (
	Granted    = "granted"
	AWSSSOUtil = "aws-sso-util"
	AWSSSOCLI  = "aws-sso-cli"
)

// An Outsider is a profile outside of our blocks that is for a role, whoever wrote it.
// What is in it is text from outside.
type Outsider struct {
	Name string

	// Session is the name of its [sso-session], "" if it does without; StartURL and
	// Region (of the portal) are those of that, else its own. All three are empty in
	// one of aws-sso-cli's, which knows them by the name SSO in a file of its own.
	Session, StartURL, Region string
	SSO                       string

	AccountID, RoleName string
	Tool                string // "", Granted, AWSSSOUtil or AWSSSOCLI

	// Keys are those that do not lead to the role. Adopt keeps them.
	Keys []Key
}

// Outsiders returns the profiles outside of all our blocks that are for a role, in
// order and each name once. It fails where Merge would, at bytes that are not text and
// at a damaged block.
func (f *File) Outsiders() ([]Outsider, error) {
	blocks, err := f.blocks()
	if err != nil {
		return nil, err
	}
	outside := func(s span) bool {
		return s.kind == Profile && !slices.ContainsFunc(blocks, func(b block) bool { return b.holds(s) })
	}
	var outsiders []Outsider
	for _, s := range f.collect(outside, len(f.data), (*keySet).readWhole) {
		w := wayOf(s)
		if !w.known() {
			continue
		}
		o := Outsider{
			Name: s.Name, Session: w.session, StartURL: w.startURL, Region: w.region, SSO: w.sso,
			AccountID: w.accountID, RoleName: w.name, Tool: w.tool,
		}
		if session, found := f.lookup(SSOSession, w.session, block{}); found && w.session != "" {
			o.StartURL, o.Region = session.Value("sso_start_url"), session.Value("sso_region")
		}
		o.Keys = slices.DeleteFunc(s.Keys, func(key Key) bool { return w.leads(key.Name) })
		outsiders = append(outsiders, o)
	}
	return outsiders, nil
}

// A way is how a profile leads to its role, by whatever tool. This is the one place
// that knows.
type way struct {
	role
	session, startURL, region string

	tool    string
	sso     string // that aws-sso-cli knows the portal by
	process bool   // the tool's credential_process is a part of it
}

// wayOf reads how a profile leads to its role. All tools but two write what the AWS CLI
// does, some of them with a credential_process for SDKs that do not know it.
//
// granted (common-fate/granted, pkg/cfaws/granted_config.go and awsconfigfile) writes
// the keys with granted_ in front, so that the AWS CLI does not see them, and
//
//	credential_process = granted credential-process [--auto-login] --profile NAME [--url URL]
//	common_fate_generated_from = aws-sso
//
// aws-sso-util (benkehoe/aws-sso-util, populate_profiles.py) writes the AWS CLI's keys of
// the legacy layout, sso_account_name, and
//
//	credential_process = aws-sso-util credential-process --profile NAME
//	sso_auto_populated = true
//
// aws-sso-cli (synfinatic/aws-sso-cli, setup_profiles_cmd.go) writes nothing but
//
//	credential_process = /usr/local/bin/aws-sso -u open -S "Default" process --arn arn:aws:iam::111122223333:role/NAME
func wayOf(s Section) way {
	w := way{role: roleOf(s), session: s.Value("sso_session"), startURL: s.Value("sso_start_url"), region: s.Value("sso_region")}
	for _, key := range s.Keys {
		switch {
		case isGranteds(key.Name):
			w.tool = Granted
		case isAWSSSOUtils(key.Name):
			w.tool = cmp.Or(w.tool, AWSSSOUtil)
		}
	}
	if !w.known() && w.session == "" && w.startURL == "" {
		w.role = role{s.Value("granted_sso_account_id"), s.Value("granted_sso_role_name")}
		w.startURL, w.region = s.Value("granted_sso_start_url"), s.Value("granted_sso_region")
	}
	command := words(s.Value("credential_process"))
	if len(command) == 0 {
		return w
	}
	program := command[0][strings.LastIndexAny(command[0], `/\`)+1:]
	switch program = strings.TrimSuffix(program, ".exe"); {
	case (program == Granted || program == AWSSSOUtil) && slices.Contains(command[1:], "credential-process"):
		if profile := option(command, "--profile", "-p"); profile == s.Name || profile == "" {
			w.tool, w.process = program, true
		}
	case program == "aws-sso" && slices.Contains(command[1:], "process"):
		r, found := roleOfARN(option(command, "--arn", "-a"))
		if found && !w.known() {
			w.role, w.sso = r, cmp.Or(option(command, "--sso", "-S"), "Default") // DefaultSSO in its settings, if not said otherwise
		}
		if found && w.role == r {
			w.tool, w.process = AWSSSOCLI, true
		}
	}
	return w
}

// isGranteds says that a key means something to granted alone: that it leads to a
// role, or that the profile is one of those that granted removes when it writes anew.
func isGranteds(key string) bool {
	return strings.HasPrefix(key, "granted_sso_") || key == "common_fate_generated_from"
}

// isAWSSSOUtils says that a key marks a profile for aws-sso-util to write it anew;
// older versions have the second one.
func isAWSSSOUtils(key string) bool { return key == "sso_auto_populated" || key == "sso_util_populate" }

// isOther says that a key is for the tool alone: it goes when a profile is adopted.
// Some readers prefer a credential_process to the keys of the AWS CLI.
func (w way) isOther(key string) bool {
	return isGranteds(key) || isAWSSSOUtils(key) || w.process && key == "credential_process"
}

// leads says that a key has to do with how the profile leads to its role.
func (w way) leads(key string) bool {
	return w.isOther(key) || slices.Contains([]string{"sso_session", "sso_start_url", "sso_region", "sso_account_id", "sso_role_name"}, key)
}

var roleARN = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}):role/([^/]+)$`)
})

// roleOfARN reads the role from the form in which aws-sso-cli names it, in which the
// name is that of the permission set.
func roleOfARN(arn string) (role, bool) {
	match := roleARN().FindStringSubmatch(arn)
	if match == nil {
		return role{}, false
	}
	return role{match[1], match[2]}, true
}

// words splits a command as shells do, but for the backslash, which is a part of paths
// on Windows.
func words(command string) (words []string) {
	var quote rune
	word, inWord := "", false
	for _, c := range command {
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, inWord = c, true
		case quote == 0 && isSpace(c):
			if inWord {
				words = append(words, word)
			}
			word, inWord = "", false
		default:
			word, inWord = word+string(c), true
		}
	}
	if inWord {
		words = append(words, word)
	}
	return words
}

// option is the value of an option in one of its forms, "" if it is not there.
func option(command []string, long, short string) string {
	for i, word := range command {
		if (word == long || word == short) && i+1 < len(command) {
			return command[i+1]
		}
		if value, found := strings.CutPrefix(word, long+"="); found {
			return value
		}
		if value, found := strings.CutPrefix(word, short); found && !strings.HasPrefix(word, "--") && value != "" {
			return value
		}
	}
	return ""
}

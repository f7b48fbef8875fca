package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
)

// A reading is what a reader makes of a file. Lost says how it gave it up.
type reading struct {
	Lost     string                       `json:"lost"`
	Profiles map[string]map[string]string `json:"profiles"`
}

// readFilesWithGoSDK prints what the SDK makes of the files that standard input
// names.
func readFilesWithGoSDK() {
	var paths []string
	must("read the names", json.NewDecoder(os.Stdin).Decode(&paths))
	readings := map[string]reading{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		must(path, err)
		readings[path] = readFileWithGoSDK(path, possibleNames(string(data)))
	}
	must("print", json.NewEncoder(os.Stdout).Encode(readings))
}

// possibleNames are those that the SDK may know, which cannot list profiles.
func possibleNames(text string) []string {
	names := []string{"default"}
	for _, match := range regexp.MustCompile(`\[\s*(?:\S+?[ \t.]+)?(.*)`).FindAllStringSubmatch(strings.ReplaceAll(text, "\r", "\n"), -1) {
		for end, c := range match[1] + "]" { // up to each bracket, for a name may have one
			if name := strings.TrimSpace(match[1][:end]); c == ']' {
				names = append(names, name, strings.Trim(name, `"'`))
			}
		}
	}
	return names
}

func readFileWithGoSDK(path string, names []string) (result reading) {
	defer func() {
		if r := recover(); r != nil {
			result = reading{Lost: fmt.Sprint("panic: ", r)}
		}
	}()
	result.Profiles = map[string]map[string]string{}
	for _, name := range names {
		shared, err := config.LoadSharedConfigProfile(context.Background(), name, func(o *config.LoadSharedConfigOptions) {
			o.ConfigFiles, o.CredentialsFiles = []string{path}, []string{}
		})
		if _, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok {
			continue
		}
		keys := map[string]string{}
		for key, value := range map[string]string{
			"region": shared.Region, "sso_session": shared.SSOSessionName, "sso_account_id": shared.SSOAccountID, "sso_role_name": shared.SSORoleName,
			"sso_start_url": shared.SSOStartURL, "role_arn": shared.RoleARN, "source_profile": shared.SourceProfileName,
			"credential_process": shared.CredentialProcess, "services": shared.ServicesSectionName,
		} {
			if value != "" {
				keys[key] = value
			}
		}
		if err != nil {
			keys = map[string]string{"error": err.Error()}
		}
		result.Profiles[name] = keys
	}
	return result
}

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
)

// readWithGoSDK is a program with the AWS SDK for Go: it prints what the SDK
// makes of profiles, and whether it gets role credentials for them. The SDK
// cannot list profiles.
func readWithGoSDK(names []string) {
	ctx := context.Background()
	profiles := map[string]facts{}
	for _, name := range names {
		shared, err := config.LoadSharedConfigProfile(ctx, name)
		must(name, err)
		f := facts{AccountID: shared.SSOAccountID, RoleName: shared.SSORoleName, StartURL: shared.SSOStartURL, Region: shared.SSORegion}
		if shared.SSOSession != nil {
			f.StartURL, f.Region = shared.SSOSession.SSOStartURL, shared.SSOSession.SSORegion
		}
		sdk, err := config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(name))
		must(name, err)
		credentials, err := sdk.Credentials.Retrieve(ctx)
		must(name, err)
		f.Credentials = strings.HasPrefix(credentials.AccessKeyID, "ASIA")
		profiles[name] = f
	}
	must("print", json.NewEncoder(os.Stdout).Encode(profiles))
}

func must(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

package emulator_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"aws-sso-config-generator/internal/emulator"
)

func TestParseFault(t *testing.T) {
	for text, want := range map[string]emulator.Fault{
		"ListAccounts=reset":                                         {Operation: "ListAccounts", Answer: "reset"},
		"*=InternalServerException,times=2":                          {Operation: "*", Answer: "InternalServerException", Times: 2},
		"ListAccountRoles=TooManyRequestsException,after=3,times=1":  {Operation: "ListAccountRoles", Answer: "TooManyRequestsException", After: 3, Times: 1},
		"CreateToken=502,times=1,after=0":                            {Operation: "CreateToken", Answer: "502", Times: 1},
		"RegisterClient=InvalidRequestRegionException":               {Operation: "RegisterClient", Answer: "InvalidRequestRegionException"},
		"RegisterClient=InvalidRequestRegionException:us-gov-west-1": {Operation: "RegisterClient", Answer: "InvalidRequestRegionException:us-gov-west-1"},
		"Authorize=AccessDeniedException":                            {Operation: "Authorize", Answer: "AccessDeniedException"},
		"GetRoleCredentials=ForbiddenException,after=1":              {Operation: "GetRoleCredentials", Answer: "ForbiddenException", After: 1},
		"ListAccountRoles=ForbiddenException,account=011122223333":   {Operation: "ListAccountRoles", Answer: "ForbiddenException", Account: "011122223333"},
		"GetRoleCredentials=slow,times=2,account=111122223333":       {Operation: "GetRoleCredentials", Answer: "slow", Account: "111122223333", Times: 2},
	} {
		if got, err := emulator.ParseFault(text); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"":                                     "want OPERATION=ANSWER",
		"ListAccounts":                         "want OPERATION=ANSWER",
		"listAccounts=reset":                   `unknown operation "listAccounts"; known are Authorize, CreateToken, GetRoleCredentials, ListAccountRoles, ListAccounts, Logout, RegisterClient, StartDeviceAuthorization and *`,
		" ListAccounts=reset":                  "unknown operation",
		"ListAccounts=":                        "unknown answer",
		"ListAccounts=explode":                 `unknown answer "explode"; ListAccounts knows ForbiddenException, InternalServerException, InvalidRequestException, ResourceNotFoundException, TooManyRequestsException, UnauthorizedException, hang, html, malformed, reset, slow, truncated and an HTTP status from 400 to 599`,
		"ListAccounts=SlowDownException":       "unknown answer",
		"CreateToken=TooManyRequestsException": "unknown answer",
		"ListAccounts=200":                     "unknown answer",
		"ListAccounts=600":                     "unknown answer",
		"ListAccounts=reset:eu-west-1":         "unknown answer",
		"CreateToken=InvalidRequestRegionException:":                       "unknown answer",
		"CreateToken=InvalidRequestRegionException:evil.example":           "unknown answer",
		"ListAccounts=reset,":                                              "unknown option",
		"ListAccounts=reset,times":                                         "whole number",
		"ListAccounts=reset,times=-1":                                      "whole number",
		"ListAccounts=reset,times=+1":                                      "whole number",
		"ListAccounts=reset,times=1.5":                                     "whole number",
		"ListAccounts=reset,times=1,times=2":                               "times is given twice",
		"ListAccounts=reset,every=2":                                       "known are account=ID, after=N and times=N",
		"ListAccountRoles=reset,account":                                   "account must be 12 digits",
		"ListAccountRoles=reset,account=":                                  "account must be 12 digits",
		"ListAccountRoles=reset,account=1234":                              "account must be 12 digits",
		"ListAccountRoles=reset,account=12345678901x":                      "account must be 12 digits",
		"ListAccountRoles=reset,account=111122223333,account=111122223333": "account is given twice",
		"ListAccounts=reset,account=111122223333":                          "ListAccounts has no account; only GetRoleCredentials and ListAccountRoles have",
		"*=reset,account=111122223333":                                     "* has no account",
	} {
		if got, err := emulator.ParseFault(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %+v, %v; want %q", text, got, err, want)
		}
	}
}

// Whatever is read can be written and read again, and served.
func FuzzParseFault(f *testing.F) {
	f.Add("ListAccounts=reset,after=1,times=2")
	f.Add("*=InvalidRequestRegionException:eu-west-1")
	f.Add("CreateToken=502")
	f.Add("ListAccountRoles=ForbiddenException,account=111122223333")
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := emulator.ParseFault(text)
		if err != nil {
			return
		}
		again, err := emulator.ParseFault(fault.String())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(fault, again); diff != "" {
			t.Error(diff)
		}
		emulator.New(emulator.Config{Faults: []emulator.Fault{fault}})
	})
}

func TestUnknownFaultPanics(t *testing.T) {
	defer func() {
		if p, _ := recover().(string); !strings.Contains(p, "unknown operation") {
			t.Errorf("recovered %q", p)
		}
	}()
	emulator.New(emulator.Config{Faults: []emulator.Fault{{Operation: "Nothing", Answer: "reset"}}})
}

func faults(t *testing.T, texts ...string) emulator.Config {
	config := emulator.Config{Organization: demo(), AutoApprove: true}
	for _, text := range texts {
		fault, err := emulator.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		config.Faults = append(config.Faults, fault)
	}
	return config
}

// Exceptions have the shape of their service.
func TestExceptionFaults(t *testing.T) {
	for _, c := range []struct {
		answer string
		status int
		code   string
	}{
		{"InternalServerException", 500, "server_error"},
		{"SlowDownException", 400, "slow_down"},
		{"ExpiredTokenException", 400, "expired_token"},
		{"AccessDeniedException", 400, "access_denied"},
		{"InvalidGrantException", 400, "invalid_grant"},
		{"InvalidClientException", 401, "invalid_client"},
		{"UnauthorizedClientException", 400, "unauthorized_client"},
		{"InvalidRequestRegionException", 400, "invalid_request"},
	} {
		w := dial(t, emulator.New(faults(t, "CreateToken="+c.answer)))
		w.refused(w.post("/token", object{}), c.status, c.answer, c.code)
	}
	for _, c := range []struct {
		answer string
		status int
	}{
		{"InternalServerException", 500},
		{"TooManyRequestsException", 429},
		{"UnauthorizedException", 401},
		{"ForbiddenException", 403},
		{"ResourceNotFoundException", 404},
	} {
		w := dial(t, emulator.New(faults(t, "ListAccounts="+c.answer)))
		w.refused(w.portal("/assignment/accounts", w.accessToken()), c.status, c.answer, "")
	}

	w := dial(t, emulator.New(faults(t, "RegisterClient=InvalidRequestRegionException:eu-west-1")))
	a := w.post("/client/register", registration())
	w.refused(a, 400, "InvalidRequestRegionException", "invalid_request")
	if o := w.json(a); o["region"] != "eu-west-1" || o["endpoint"] != "https://oidc.eu-west-1.amazonaws.com" {
		t.Errorf("got %s", a.body)
	}

	w = dial(t, emulator.New(faults(t, "Authorize=InternalServerException,times=1")))
	client := w.ok(w.post("/client/register", registration()))
	callback := w.callback(w.get("/authorize?" + authorizeQuery(client).Encode()))
	if callback.Get("error") != "server_error" || callback.Get("state") != "a state & more" {
		t.Errorf("callback with %v", callback)
	}
	w.code(client)
}

// Answers that are none of the service's, alike in process and over a socket.
func TestOddFaults(t *testing.T) {
	for name, connect := range map[string]func(*testing.T, *emulator.Emulator) *wire{"in process": dial, "over a socket": listen} {
		t.Run(name, func(t *testing.T) {
			w := connect(t, emulator.New(faults(t,
				"RegisterClient=502,times=1", "RegisterClient=html,after=1,times=1", "RegisterClient=malformed,after=2,times=1",
				"RegisterClient=truncated,after=3,times=1", "RegisterClient=reset,after=4,times=1", "RegisterClient=hang,after=5,times=1")))
			register := func(ctx context.Context) (answer, error) {
				body, _ := json.Marshal(registration())
				return w.try(w.request("POST", "/client/register", strings.NewReader(string(body))).WithContext(ctx))
			}
			for _, status := range []int{502, 200} {
				a, err := register(t.Context())
				if err != nil || a.status != status || a.header.Get("Content-Type") != "text/html" || !strings.HasPrefix(a.body, "<html>") ||
					a.header.Get("x-amzn-RequestId") != "" {
					t.Errorf("want %d and a page: %+v, %v", status, a, err)
				}
			}
			if a, err := register(t.Context()); err != nil || a.status != 200 || json.Valid([]byte(a.body)) {
				t.Errorf("malformed: %+v, %v", a, err)
			}
			if a, err := register(t.Context()); !errors.Is(err, io.ErrUnexpectedEOF) || a.status != 200 || a.body == "" {
				t.Errorf("truncated: %+v, %v", a, err)
			}
			if _, err := register(t.Context()); !errors.Is(err, io.EOF) {
				t.Errorf("reset: %v", err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			if _, err := register(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("hang: %v", err)
			}
			if a, err := register(t.Context()); err != nil || a.status != 200 {
				t.Errorf("after all faults: %+v, %v", a, err)
			}
		})
	}
}

// A hanging request ends with its context, to the instant.
func TestHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := dial(t, emulator.New(faults(t, "ListAccounts=hang")))
		accessToken := w.accessToken()
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		_, err := w.try(w.portalRequest("GET", "/assignment/accounts", accessToken).WithContext(ctx))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Hour {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}

// After, Times, * and the order of faults.
func TestFaultOrder(t *testing.T) {
	e := emulator.New(faults(t, "ListAccounts=500,after=1,times=1", "*=TooManyRequestsException,after=1,times=2"))
	w := dial(t, e)
	accessToken := w.accessToken() // the OIDC service does not know this exception
	var got []int
	for range 5 {
		got = append(got, w.portal("/assignment/accounts", accessToken).status)
	}
	if diff := cmp.Diff([]int{200, 500, 429, 200, 200}, got); diff != "" {
		t.Error(diff)
	}
	if e.Stats().Faulted != 2 {
		t.Errorf("%+v", e.Stats())
	}
}

// One account fails, the others don't; After and Times count its requests only.
func TestAccountFault(t *testing.T) {
	bad, good := demo().Accounts[1].ID, demo().Accounts[2].ID
	e := emulator.New(faults(t, "ListAccountRoles=ForbiddenException,after=1,times=1,account="+bad))
	w := dial(t, e)
	accessToken := w.accessToken()
	var got []int
	for _, account := range []string{good, good, bad, good, bad, bad} {
		got = append(got, w.portal("/assignment/roles?account_id="+account, accessToken).status)
	}
	if diff := cmp.Diff([]int{200, 200, 200, 200, 403, 200}, got); diff != "" {
		t.Error(diff)
	}
	if e.Stats().Faulted != 1 {
		t.Errorf("%+v", e.Stats())
	}
}

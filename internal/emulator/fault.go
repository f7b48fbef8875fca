package emulator

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Fault makes an operation fail. As a text it is
// "OPERATION=ANSWER[,account=ID][,after=N][,times=N]".
type Fault struct {
	// Operation is an AWS API name (RegisterClient, StartDeviceAuthorization,
	// CreateToken, ListAccounts, ListAccountRoles, GetRoleCredentials,
	// Logout), Authorize, or * for all that know the answer.
	Operation string
	// Answer is one of
	//   - an exception that the operation's service knows, such as
	//     InternalServerException; /authorize redirects with its error code.
	//     InvalidRequestRegionException may name the right region after a
	//     colon: "InvalidRequestRegionException:eu-west-1";
	//   - an HTTP status, "400" to "599": a proxy's HTML page;
	//   - "malformed": 200 with broken JSON;
	//   - "slow": the right answer, its headers at once and its body in pieces
	//     over 5 s;
	//   - "truncated": 200 with a body shorter than its Content-Length;
	//   - "reset": the connection dropped without an answer;
	//   - "hang": no answer until the client goes away;
	//   - "html": 200 with the login page of a captive portal.
	Answer string
	// Account is the id of the only account that fails; empty is all. Only
	// ListAccountRoles and GetRoleCredentials have one.
	Account string
	// After requests pass before the fault begins; it ends after Times
	// requests, or never if Times is 0.
	After, Times int
}

var (
	oddAnswers    = []string{"hang", "html", "malformed", "reset", "slow", "truncated"}
	withAccount   = []string{"GetRoleCredentials", "ListAccountRoles"}
	statusPattern = regexp.MustCompile(`^[45][0-9]{2}$`)
	regionPattern = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
)

// ParseFault reads the text form. Its errors list what is known.
func ParseFault(text string) (Fault, error) {
	head, options, _ := strings.Cut(text, ",")
	operation, answer, ok := strings.Cut(head, "=")
	if !ok {
		return Fault{}, fmt.Errorf("fault %q: want OPERATION=ANSWER[,account=ID][,after=N][,times=N]", text)
	}
	fault := Fault{Operation: operation, Answer: answer}
	if strings.Contains(text, ",") {
		seen := map[string]bool{}
		for option := range strings.SplitSeq(options, ",") {
			name, value, _ := strings.Cut(option, "=")
			if seen[name] {
				return Fault{}, fmt.Errorf("fault %q: %s is given twice", text, name)
			}
			seen[name] = true
			var err error
			if fault, err = fault.with(name, value); err != nil {
				return Fault{}, fmt.Errorf("fault %q: %w", text, err)
			}
		}
	}
	if err := fault.check(); err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	return fault, nil
}

// with is the fault with one more option.
func (f Fault) with(name, value string) (Fault, error) {
	n, err := strconv.Atoi(value)
	isCount := err == nil && n >= 0 && strconv.Itoa(n) == value
	switch name {
	case "account":
		if f.Account = value; !accountID.MatchString(value) {
			return f, errNoAccountID
		}
		return f, nil
	case "after":
		f.After = n
	case "times":
		f.Times = n
	default:
		return f, fmt.Errorf("unknown option %q; known are account=ID, after=N and times=N", name)
	}
	if !isCount {
		return f, fmt.Errorf("%s must be a whole number", name)
	}
	return f, nil
}

// String is the text that ParseFault reads.
func (f Fault) String() string {
	text := f.Operation + "=" + f.Answer
	if f.Account != "" {
		text += ",account=" + f.Account
	}
	if f.After != 0 {
		text += fmt.Sprintf(",after=%d", f.After)
	}
	if f.Times != 0 {
		text += fmt.Sprintf(",times=%d", f.Times)
	}
	return text
}

func (f Fault) check() error {
	if _, ok := families[f.Operation]; !ok && f.Operation != "*" {
		return fmt.Errorf("unknown operation %q; known are %s and *", f.Operation, list(maps.Keys(families)))
	}
	switch {
	case f.After < 0 || f.Times < 0:
		return errors.New("after and times must not be negative")
	case f.Account != "" && !accountID.MatchString(f.Account):
		return errNoAccountID
	case f.Account != "" && !slices.Contains(withAccount, f.Operation):
		return fmt.Errorf("%s has no account; only %s have", f.Operation, strings.Join(withAccount, " and "))
	}
	known := slices.Clone(oddAnswers)
	for operation, family := range families {
		if !f.concerns(operation) {
			continue
		}
		if knows(family, f.Answer) {
			return nil
		}
		known = slices.AppendSeq(known, maps.Keys(exceptions[family]))
	}
	return fmt.Errorf("unknown answer %q; %s knows %s and an HTTP status from 400 to 599",
		f.Answer, f.Operation, list(slices.Values(known)))
}

var errNoAccountID = errors.New("account must be 12 digits")

func list(names func(func(string) bool)) string {
	return strings.Join(slices.Compact(slices.Sorted(names)), ", ")
}

func (f Fault) concerns(operation string) bool {
	return f.Operation == "*" || f.Operation == operation
}

// knows says whether operations of a family can give an answer.
func knows(family family, answer string) bool {
	name, region, hasRegion := strings.Cut(answer, ":")
	if hasRegion {
		return family == oidc && name == "InvalidRequestRegionException" && regionPattern.MatchString(region)
	}
	_, ok := exceptions[family][name]
	return ok || slices.Contains(oddAnswers, name) || statusPattern.MatchString(name)
}

// pendingFault is a fault and how many requests it has met.
type pendingFault struct {
	Fault
	met int
}

// faultFor counts a request for every fault that concerns it and returns the
// first that strikes.
func (e *Emulator) faultFor(operation, account string) (strikes *Fault) {
	for i := range e.faults {
		f := &e.faults[i]
		if !f.concerns(operation) || !knows(families[operation], f.Answer) || f.Account != "" && f.Account != account {
			continue
		}
		f.met++
		if strikes == nil && f.met > f.After && (f.Times == 0 || f.met <= f.After+f.Times) {
			strikes = &f.Fault
		}
	}
	return strikes
}

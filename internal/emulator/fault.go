package emulator

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Fault makes an operation fail. As a text it is
// "OPERATION=ANSWER[,after=N][,times=N]".
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
	//   - "truncated": 200 with a body shorter than its Content-Length;
	//   - "reset": the connection dropped without an answer;
	//   - "hang": no answer until the client goes away;
	//   - "html": 200 with the login page of a captive portal.
	Answer string
	// After requests pass before the fault begins; it ends after Times
	// requests, or never if Times is 0.
	After, Times int
}

var (
	oddAnswers    = []string{"hang", "html", "malformed", "reset", "truncated"}
	statusPattern = regexp.MustCompile(`^[45][0-9]{2}$`)
	regionPattern = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
)

// ParseFault reads the text form. Its errors list what is known.
func ParseFault(text string) (Fault, error) {
	head, options, _ := strings.Cut(text, ",")
	operation, answer, ok := strings.Cut(head, "=")
	if !ok {
		return Fault{}, fmt.Errorf("fault %q: want OPERATION=ANSWER[,after=N][,times=N]", text)
	}
	fault := Fault{Operation: operation, Answer: answer}
	if strings.Contains(text, ",") {
		seen := map[string]bool{}
		for option := range strings.SplitSeq(options, ",") {
			name, value, _ := strings.Cut(option, "=")
			count, err := strconv.Atoi(value)
			switch {
			case name != "after" && name != "times":
				return Fault{}, fmt.Errorf("fault %q: unknown option %q; known are after=N and times=N", text, option)
			case seen[name]:
				return Fault{}, fmt.Errorf("fault %q: %s is given twice", text, name)
			case err != nil || count < 0 || strconv.Itoa(count) != value:
				return Fault{}, fmt.Errorf("fault %q: %s must be a whole number", text, name)
			case name == "after":
				fault.After = count
			default:
				fault.Times = count
			}
			seen[name] = true
		}
	}
	if err := fault.check(); err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	return fault, nil
}

// String is the text that ParseFault reads.
func (f Fault) String() string {
	text := f.Operation + "=" + f.Answer
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
	if f.After < 0 || f.Times < 0 {
		return errors.New("after and times must not be negative")
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
func (e *Emulator) faultFor(operation string) (strikes *Fault) {
	for i := range e.faults {
		f := &e.faults[i]
		if !f.concerns(operation) || !knows(families[operation], f.Answer) {
			continue
		}
		f.met++
		if strikes == nil && f.met > f.After && (f.Times == 0 || f.met <= f.After+f.Times) {
			strikes = &f.Fault
		}
	}
	return strikes
}

// strike gives the fault's answer, except that it returns an exception: the
// operation knows its shape.
func (f Fault) strike(w http.ResponseWriter, r *http.Request) (refusal *exception, done bool) {
	name, region, _ := strings.Cut(f.Answer, ":")
	status, err := strconv.Atoi(name)
	switch {
	case name == "reset":
		panic(http.ErrAbortHandler)
	case name == "hang":
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case name == "malformed":
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"accessToken":"aoa`)
	case name == "truncated":
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "4096")
		_, _ = io.WriteString(w, `{"accessToken":"aoa`)
	case name == "html":
		writeForeignPage(w, http.StatusOK, "Sign in to Airport Wi-Fi")
	case err == nil:
		writeForeignPage(w, status, fmt.Sprintf("%d %s", status, http.StatusText(status)))
	default:
		return &exception{name: name, region: region}, false
	}
	return nil, true
}

// writeForeignPage answers as something between the client and the service would.
func writeForeignPage(w http.ResponseWriter, status int, title string) {
	w.Header().Del(requestIDHeader)
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<html><head><title>%[1]s</title></head><body><center><h1>%[1]s</h1></center><hr>proxy.example.com</body></html>\n", title)
}

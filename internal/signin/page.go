package signin

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"sync"

	"aws-sso-config-generator/internal/identitycenter"
)

// page is what a person sees in the browser when the sign-in comes back.
type page struct {
	Kind   string // success, refused or error: decides colour and sign
	Title  string
	Text   string
	Detail string // from outside; the template escapes it
}

var (
	successPage = page{Kind: "success", Title: "You are signed in", Text: "You can close this tab and go back to your terminal."}
	refusedPage = page{Kind: "refused", Title: "Sign-in refused", Text: "Access was not allowed, so nothing was read and nothing was changed. If that was a mistake, run the command again."}
	failedPage  = page{Kind: "error", Title: "Sign-in failed", Text: "The sign-in was not completed. Your terminal says what to do next."}
	usedPage    = page{Kind: "refused", Title: "Already used", Text: "This answer was received before. Your terminal says how the sign-in goes on."}
	strayPage   = page{Kind: "error", Title: "Not a sign-in", Text: "This address only takes the answer to the sign-in that your terminal is waiting for. Nothing was changed."}
)

// resultPage is the page for how a sign-in ended.
func resultPage(err error) page {
	switch {
	case err == nil:
		return successPage
	case errors.Is(err, identitycenter.ErrAccessDenied):
		return refusedPage
	}
	p := failedPage
	p.Detail = err.Error()
	return p
}

//go:embed page.html
var pageSource string

//go:embed page.css
var pageStyle string

// pageScript takes the code out of the address bar and so out of the history.
const pageScript = `history.replaceState(null, "", location.pathname)`

// pageTemplate is parsed when the first page is needed: most runs of the
// program never show one.
var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Parse(pageSource))
})

// contentSecurityPolicy allows our own style and script by their hashes, and
// nothing else.
var contentSecurityPolicy = fmt.Sprintf(
	"default-src 'none'; style-src %s; script-src %s; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	source(pageStyle), source(pageScript))

func source(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// The pages that anybody can ask for, as often as they like.
var (
	strayHTML = sync.OnceValue(strayPage.html)
	usedHTML  = sync.OnceValue(usedPage.html)
)

func (p page) write(w http.ResponseWriter, status int) { send(w, status, p.html()) }

// html is the page as the browser gets it.
func (p page) html() []byte {
	var body bytes.Buffer
	err := pageTemplate().Execute(&body, struct {
		page
		Style  template.CSS
		Script template.JS
	}{p, template.CSS(pageStyle), pageScript}) //nolint:gosec // our own, embedded
	if err != nil { // a bug in the template, and no reason to lose the sign-in
		body.Reset()
		body.WriteString(template.HTMLEscapeString(p.Title))
	}
	return body.Bytes()
}

// send sends a page and returns when it has left.
func send(w http.ResponseWriter, status int, html []byte) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(len(html)))
	header.Set("Content-Security-Policy", contentSecurityPolicy)
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Frame-Options", "DENY")
	header.Set("Connection", "close")
	w.WriteHeader(status)
	_, _ = w.Write(html) // the browser may be gone
	_ = http.NewResponseController(w).Flush()
}

package emulator

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"sync"
)

var (
	//go:embed pages/*.html
	templateFiles embed.FS
	//go:embed pages/style.css pages/icon.svg
	assetFiles embed.FS

	assets = http.FileServerFS(assetFiles)

	// Parsed with the first page: a program that links us starts without them.
	templates = sync.OnceValue(func() *template.Template {
		return template.Must(template.ParseFS(templateFiles, "pages/*.html"))
	})
)

// contentSecurityPolicy lets a page load its stylesheet and icon and post its
// form, nothing else. Browsers hold the redirect after a form to form-action
// too, hence the loopback address of the client that waits for the answer.
const contentSecurityPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; " +
	"form-action 'self' http://127.0.0.1:*; base-uri 'none'; frame-ancestors 'none'"

// reply is what a page handler answers: a template, a redirect or JSON.
type reply struct {
	status   int
	template string
	data     map[string]any
	location string
	json     any
}

// notice is a page with one message; tone is good or bad.
func notice(status int, tone, title, text string) reply {
	return reply{status: status, template: "notice.html", data: map[string]any{
		"Title": title, "Text": text, "Tone": tone,
	}}
}

// page serves a handler that runs with e.mu held.
func (e *Emulator) page(handler func(*http.Request) reply) http.Handler {
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		_ = r.ParseForm() // before the lock, for it reads; what is missing is noticed later
		e.locked(handler, r).write(w)
	})
	return http.NewCrossOriginProtection().Handler(serve)
}

func (e *Emulator) locked(handler func(*http.Request) reply, r *http.Request) reply {
	e.mu.Lock()
	defer e.mu.Unlock()
	return handler(r)
}

func (p reply) write(w http.ResponseWriter) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("Content-Security-Policy", contentSecurityPolicy)
	switch {
	case p.location != "":
		header.Set("Location", p.location)
		w.WriteHeader(p.status)
	case p.json != nil:
		writeJSON(w, p.status, p.json)
	default:
		var page bytes.Buffer
		if err := templates().ExecuteTemplate(&page, p.template, p.data); err != nil {
			panic(err) // a mistake in a template
		}
		header.Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(p.status)
		_, _ = page.WriteTo(w)
	}
}

// origin is the address at which the client found the emulator.
func origin(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || r.URL.Scheme == "https" { // a server leaves URL.Scheme empty, Transport does not
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

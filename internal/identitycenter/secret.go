package identitycenter

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted stands in for every secret that somebody tries to print.
const redacted = "[redacted]"

// A Secret is text that must not reach a log, a message or a file by accident:
// however it is printed, formatted, logged or encoded, it reads "[redacted]".
// The conversion string(s) is the one, visible way to its content.
type Secret string

// String returns "[redacted]".
func (Secret) String() string { return redacted }

// Format writes "[redacted]" for every verb, %x and %#v included.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue returns "[redacted]".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[redacted]": encoding/json and its relatives use it.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

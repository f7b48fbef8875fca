package e2e

import (
	"os"
	"strings"
	"testing"
)

// writesConfig is what the person does in an editor.
func (h *home) writesConfig(text string) {
	h.t.Helper()
	if err := os.WriteFile(h.config(), []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// undoable is a home whose config file has a version, and what it holds.
func undoable(t *testing.T) (h *home, file string) {
	t.Helper()
	h = newHome(t)
	h.emulate("--auto-approve", "--accounts", "1", "--roles", "1")
	h.generate()
	h.generate("--max-age", "8h", "--region", "eu-west-1")
	config := h.readConfig()
	return h, config
}

func TestUndoAsks(t *testing.T) {
	t.Parallel()
	h, file := undoable(t)
	tm := h.startOnTerminal("undo")
	tm.said.await(t, `(?s)\x1b\[1;31m-region = eu-west-1\x1b\[0m\r\n.*Put this version back\? \[y/N\].*: `)
	tm.types("\n")
	tm.exits(0)
	tm.said.await(t, `Nothing was changed\.`)
	if h.readConfig() != file {
		t.Error("an empty answer changed the file")
	}

	tm = h.startOnTerminal("undo")
	tm.said.await(t, `Put this version back\? .*: `)
	tm.types("perhaps\n")
	tm.said.await(t, `(?s)answer y or n.*Put this version back\? .*: `)
	tm.types("y\n")
	tm.exits(0)
	if strings.Contains(h.readConfig(), "eu-west-1") {
		t.Error("the last run was not undone")
	}

	h.export("NO_COLOR=1")
	tm = h.startOnTerminal("undo")
	tm.said.await(t, `(?s)\n\+region = eu-west-1\r\n.*Put this version back\? \[y/N\]: `)
	tm.types(ctrlD)
	tm.exits(2)
	tm.said.await(t, `(?s)error:.*--yes.*hint: answer y or n, or give --yes; nothing was changed`)

	tm = h.startOnTerminal("undo")
	tm.said.await(t, `Put this version back\? .*: `)
	tm.isInterrupted()
	if h.readConfig() == file {
		t.Error("changed without an answer")
	}
}

func TestUndoOfAHostileFile(t *testing.T) {
	t.Parallel()
	h, file := undoable(t)
	h.writesConfig(file + "# \x1b[2J\a\u202e\tmine\r\n")
	tm := h.startOnTerminal("undo")
	tm.said.await(t, `(?s)-# \\x1b\[2J\\a\\u202e\s+mine\\r.*warning:.* the file was changed after the last run.*: `)
	h.writesConfig(file)
	tm.types("y\n")
	tm.exits(1)
	tm.said.await(t, `(?s)error:.* put back .*: the file was changed meanwhile.*hint:.* run it again`)
	if h.readConfig() != file {
		t.Error("a file that was not shown was replaced")
	}
}

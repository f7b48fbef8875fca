// Writer does to a file what a run does, for tests that kill it, or take away
// its disk:
//
//	writer once PATH BYTES   lock, read, replace with so many bytes
//	writer replace PATH BYTES  replace, without the lock
//	writer check PATH
//	writer count PATH        for ever: lock, read, replace with the next number
//
// It says "changed" or the number after each replacement.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"aws-sso-config-generator/internal/atomicfile"
)

// All system calls of main come from the first thread, where strace counts them.
func init() { runtime.LockOSThread() }

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(what, path string) error {
	switch what {
	case "once":
		_, _ = os.Lstat("/begin") // strace sees it
		err := change(path, func([]byte) ([]byte, error) { return content() })
		_, _ = os.Lstat("/end")
		return err
	case "replace":
		data, err := content()
		if err != nil {
			return err
		}
		return atomicfile.Replace(path, data)
	case "check":
		return atomicfile.Check(path)
	case "count":
		for {
			var n int
			err := change(path, func(old []byte) ([]byte, error) {
				var err error
				n, err = number(old)
				n++
				return numbered(n), err
			})
			if err != nil {
				return err
			}
			fmt.Println(n)
		}
	}
	return errors.New("what?")
}

func content() ([]byte, error) {
	size, err := strconv.Atoi(os.Args[3])
	return []byte(strings.Repeat("n", size)), err
}

func change(path string, to func(old []byte) ([]byte, error)) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	unlock, err := atomicfile.Lock(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	old, v, err := atomicfile.Read(path)
	if err != nil {
		return err
	}
	data, err := to(old)
	if err != nil {
		return err
	}
	return atomicfile.ReplaceVersion(path, data, v)
}

// numbered is the n-th content: n on every line, and as many lines as follow
// from n, so that a part, or a mixture, is known for what it is.
func numbered(n int) []byte {
	return []byte(strings.Repeat(strconv.Itoa(n)+"\n", 1+n%5000))
}

func number(data []byte) (int, error) {
	if len(data) == 0 {
		return 0, nil
	}
	line, _, _ := strings.Cut(string(data), "\n")
	n, err := strconv.Atoi(line)
	if err == nil && string(data) != string(numbered(n)) {
		err = fmt.Errorf("%d bytes that are not those of %d", len(data), n)
	}
	return n, err
}

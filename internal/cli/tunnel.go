package cli

import (
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
)

// userName is a name that stands for itself in every shell.
var userName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9._-]{0,31}$`)

// sshTunnel is what a person types on their own computer so that their browser
// there reaches a port of ours: "" where they are not here over SSH. What the
// environment says is not believed but where it can only be what it should: the
// line is copied into a shell.
func sshTunnel(getenv func(string) string, port int) string {
	connection := strings.Fields(getenv("SSH_CONNECTION")) // client, its port, server, its port
	if port == 0 || len(connection) != 4 {
		return ""
	}
	client, server := net.ParseIP(connection[0]), net.ParseIP(connection[2])
	clientPort, serverPort := portOf(connection[1]), portOf(connection[3])
	if client == nil || server == nil || clientPort == 0 || serverPort == 0 {
		return ""
	}
	option, user := "", ""
	if serverPort != 22 {
		option = fmt.Sprintf("-p %d ", serverPort)
	}
	for _, variable := range []string{"LOGNAME", "USER"} {
		if name := getenv(variable); userName.MatchString(name) {
			user = name + "@"
		}
	}
	return fmt.Sprintf("ssh -N -L %d:127.0.0.1:%d %s%s%s", port, port, option, user, server)
}

// portOf is a port's number, 0 for what is none.
func portOf(text string) uint64 {
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0
	}
	return port
}

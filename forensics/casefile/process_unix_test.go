//go:build unix

package casefile

import (
	"os/exec"
	"syscall"
)

// asNobody runs a command without root's rights.
func asNobody(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
}

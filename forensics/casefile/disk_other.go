//go:build !linux

package casefile

import "os"

// dropCache does nothing where the system takes no advice: reading back may then
// be served from memory.
func dropCache(*os.File) {}

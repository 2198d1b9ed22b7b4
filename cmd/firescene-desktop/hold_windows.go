//go:build cgo && windows

package main

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockFile opens a file that no other process holds; taken says that one does.
func lockFile(path string) (f *os.File, taken bool, err error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, false, err
	}
	const alone = 0 // no sharing
	h, err := windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, alone, nil, windows.OPEN_ALWAYS, windows.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, errors.Is(err, windows.ERROR_SHARING_VIOLATION), err
	}
	return os.NewFile(uintptr(h), path), false, nil
}

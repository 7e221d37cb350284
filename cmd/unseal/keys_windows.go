//go:build windows

package main

import (
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// checkKeyFile refuses a key file that everybody, all users or all who have
// logged in may read or change, as far as its access list tells.
func checkKeyFile(file *os.File, _ os.FileInfo) error {
	descriptor, err := windows.GetSecurityInfo(windows.Handle(file.Fd()), windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return nil //nolint:nilerr // a file system without access lists tells nothing
	}
	list, _, err := descriptor.DACL()
	switch {
	case err != nil:
		return nil //nolint:nilerr // the same
	case list == nil:
		return errOpenToOthers // no list at all lets everybody do everything
	}
	for i := range uint32(list.AceCount) {
		var entry *windows.ACCESS_ALLOWED_ACE
		if windows.GetAce(list, i, &entry) != nil || entry.Header.AceType != windows.ACCESS_ALLOWED_ACE_TYPE {
			continue
		}
		who := (*windows.SID)(unsafe.Pointer(&entry.SidStart))
		for _, others := range []windows.WELL_KNOWN_SID_TYPE{windows.WinWorldSid, windows.WinBuiltinUsersSid, windows.WinAuthenticatedUserSid} {
			if who.IsWellKnown(others) {
				return errOpenToOthers
			}
		}
	}
	return nil
}

var errOpenToOthers = errors.New("other users can read or change the file. Take them out of its access list (icacls FILE /inheritance:r /grant:r %USERNAME%:R). If others had access to it, make a new key")

package devserver

import (
	"cmp"
	"time"
)

// Lockout is what wrong client secrets lead to since 2025. The zero values are
// the web application's (Infisical/infisical@022f858a,
// services/identity-ua/identity-ua-service.ts).
type Lockout struct {
	Off      bool
	After    int           // so many wrong secrets; 0 is 3
	For      time.Duration // how long logins are refused, right ones too; 0 is 5 minutes
	ForgetIn time.Duration // how long a wrong secret counts; 0 is 30 seconds
}

// lock counts an identity's wrong secrets.
type lock struct {
	wrong int
	ends  time.Time // of the count, or of the lock when it is closed
	shut  bool
}

// ClearLockout has an identity log in again at once, as an administrator can. An
// unknown client id does nothing.
func (s *Server) ClearLockout(clientID string) {
	s.editIdentity(clientID, func(i *identity) { i.lock = lock{} })
}

var errLocked = unauthorized("This identity auth method is temporarily locked, please try again later")

// locked says whether logins are refused, whatever they send.
func (i *identity) locked(e Era) bool {
	return e.since2026() && i.lock.shut && time.Now().Before(i.lock.ends)
}

// failed notes a wrong secret.
func (i *identity) failed(e Era) {
	if !e.since2026() || i.Lockout.Off {
		return
	}
	if !time.Now().Before(i.lock.ends) {
		i.lock = lock{}
	}
	i.lock.wrong++
	i.lock.ends = time.Now().Add(cmp.Or(i.Lockout.ForgetIn, 30*time.Second))
	if i.lock.wrong >= cmp.Or(i.Lockout.After, 3) {
		i.lock.shut, i.lock.ends = true, time.Now().Add(cmp.Or(i.Lockout.For, 5*time.Minute))
	}
}

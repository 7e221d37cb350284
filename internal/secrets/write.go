package secrets

import (
	"context"
)

// prepareWrite refuses what can be refused without asking.
func (s *Store) prepareWrite(ctx context.Context, ref Ref) (*project, error) {
	if err := checkName(ref); err != nil {
		return nil, err
	}
	if err := s.CheckWrite(ctx, ref.Folder); err != nil {
		return nil, err
	}
	p, err := s.unlock(ctx)
	if err != nil {
		return nil, err
	}
	if ref.Personal {
		if err := p.checkOwner(ref); err != nil {
			return nil, err
		}
	}
	return p, s.proveKey(ctx, p, ref.Folder)
}

func checkName(ref Ref) error {
	if err := CheckName(ref.Name); err != nil {
		return &Error{
			Problem: ProblemName, Subject: ref.String(),
			Why: "The server cannot hold a secret of this name: " + err.Error() + ".", Do: "Choose another name.",
		}
	}
	return nil
}

// writer is what sends writes of one kind in one folder, alone or in company:
// a [batcher] for operations that happen to come together, a [group] for those
// that belong together.
type writer interface {
	// do makes one write. An interrupt takes a write back that was not sent
	// yet; one that was is answered.
	do(ctx context.Context, w write, alone bool) delivery
}

func (k *folder) isMissing() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.missing
}

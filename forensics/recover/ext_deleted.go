package recover

import (
	"context"

	"firescene/formats/ext"
)

func (f *extFinder) gone(ctx context.Context, tree *ext.Tree) error { return nil }

package recover

import (
	"fmt"

	"firescene/formats/ext"
)

// extNames finds the paths of what is gone.
type extNames struct {
	vol   *ext.Volume
	tree  *ext.Tree
	h     *ext.History
	paths map[uint32]string // of directories that are gone
}

// of is the path that a past state of a file had.
func (n *extNames) of(p *extPast) string {
	name, ok := n.h.NameOf(p.Number, p.born, p.Last)
	if !ok {
		return fmt.Sprintf("$OrphanFiles/inode-%d", p.Number)
	}
	return n.join(n.dir(name.Dir, p.Last, 0), name.Name)
}

func (n *extNames) join(dir, name string) string {
	if dir == "" {
		return name
	}
	return dir + "/" + name
}

// maxParents bounds the search for the path of a directory that is gone.
const maxParents = 64

// dir is the path of a directory, as it is or as it was.
func (n *extNames) dir(number uint32, order, depth int) string {
	if p, ok := n.tree.Dirs[number]; ok {
		return p
	}
	if p, ok := n.paths[number]; ok {
		return p
	}
	path := fmt.Sprintf("$OrphanFiles/directory-%d", number)
	if name, ok := n.h.NameOf(number, order, order); ok && depth < maxParents {
		path = n.join(n.dir(name.Dir, order, depth+1), name.Name)
	}
	n.paths[number] = path
	return path
}

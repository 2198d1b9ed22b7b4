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
	name, ok := n.h.NameOf(p.Number, p.Generation, p.born, p.Last)
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
	if name, ok := n.nameOfDir(number, order); ok && depth < maxParents {
		path = n.join(n.dir(name.Dir, order, depth+1), name.Name)
	}
	n.paths[number] = path
	return path
}

// nameOfDir is the name of a directory that is gone, at a time or the nearest to
// it.
func (n *extNames) nameOfDir(number uint32, order int) (ext.Naming, bool) {
	generation := uint32(0)
	for i := range n.h.Inodes[number] {
		if s := &n.h.Inodes[number][i]; s.IsDir() && (s.First <= order || generation == 0) {
			generation = s.Generation
		}
	}
	return n.h.NameOf(number, generation, order, order)
}

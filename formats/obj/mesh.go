package obj

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"firescene/formats/points"
)

// WriteMesh stores a mesh in world coordinates to the micrometre, colours behind the
// coordinates as most programs read them, and faces. Equal meshes give equal bytes.
func WriteMesh(w io.Writer, m points.Mesh) error {
	if err := m.Check(); err != nil {
		return fmt.Errorf("obj: %w", err)
	}
	out := bufio.NewWriterSize(w, 1<<16)
	for _, c := range m.Comments {
		fmt.Fprintf(out, "# %s\n", strings.NewReplacer("\r", " ", "\n", " ").Replace(c))
	}
	var b []byte
	for i := 0; i < len(m.XYZ); i += 3 {
		b = append(b[:0], 'v')
		for k := range 3 {
			b = strconv.AppendFloat(append(b, ' '), m.Origin[k]+float64(m.XYZ[i+k]), 'f', 6, 64)
		}
		if m.RGB != nil {
			for _, v := range m.RGB[i : i+3] {
				b = strconv.AppendFloat(append(b, ' '), float64(v)/255, 'f', 4, 64)
			}
		}
		if _, err := out.Write(append(b, '\n')); err != nil {
			return err
		}
	}
	for _, f := range m.Faces {
		b = append(b[:0], 'f')
		for _, v := range f {
			b = strconv.AppendInt(append(b, ' '), int64(v)+1, 10)
		}
		if _, err := out.Write(append(b, '\n')); err != nil {
			return err
		}
	}
	return out.Flush()
}

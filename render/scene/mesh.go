package scene

import (
	"math"

	"firescene/recon"
	"firescene/render"
	"firescene/render/gl"
	"firescene/render/splat"

	"gonum.org/v1/gonum/spatial/r3"
)

// takeMesh makes the mesh of a scene ready, once.
func (d *Drawer) takeMesh(m *recon.Mesh) {
	if d.meshOf == m {
		return
	}
	d.meshOf, d.mesh = m, nil
	if m != nil {
		if p := splat.NewMesh(m); p.Len() > 0 {
			d.mesh = p
		}
	}
}

// maxMeshVertices bounds what is uploaded at once.
const maxMeshVertices = 12 << 20

// meshGL draws the mesh. Its faces are lit by the view, so that vertices are uploaded
// anew when the direction of the view changes: 16 bytes each.
func (d *Drawer) meshGL(cam *camera, clip *render.Clip, far float32, pad int) error {
	m, q := d.mesh, d.passes.meshP
	origin := r3.Vec{X: m.Origin[0], Y: m.Origin[1], Z: m.Origin[2]}
	q.Use()
	setCamera(q, cam, origin)
	setClip(q, clip, origin)
	q.SetFloat("uFar", far)
	q.SetFloat("uPad", float32(pad))
	forward := f32(cam.forward)
	if d.meshGLOf != m || d.meshForward != forward {
		for _, g := range d.meshParts {
			g.Delete()
		}
		d.meshParts = nil
		const atOnce = maxMeshVertices / 3
		for from := 0; from < m.Len(); from += atOnce {
			g, err := upload(meshVertices(m, from, min(from+atOnce, m.Len()), forward))
			if err != nil {
				return err
			}
			d.meshParts = append(d.meshParts, g)
		}
		d.meshGLOf, d.meshForward = m, forward
	}
	for _, g := range d.meshParts {
		g.Draw(gl.Triangles, gl.Replace, true)
	}
	return nil
}

func meshVertices(m *splat.Mesh, from, to int, forward [3]float32) []byte {
	data := make([]byte, 0, 48*(to-from))
	for i := from; i < to; i++ {
		shade := splat.Shade(m.Normal[i], forward)
		for k := range 3 {
			for _, v := range m.XYZ[9*i+3*k : 9*i+3*k+3] {
				b := math.Float32bits(v)
				data = append(data, byte(b), byte(b>>8), byte(b>>16), byte(b>>24))
			}
			for _, c := range m.RGB[9*i+3*k : 9*i+3*k+3] {
				data = append(data, byte(shade*float32(c)+0.5))
			}
			data = append(data, 255)
		}
	}
	return data
}

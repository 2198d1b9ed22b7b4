package scene

import (
	"math"

	"firescene/render"
	"firescene/render/gl"
	"firescene/render/splat"

	"gonum.org/v1/gonum/spatial/r3"
)

const (
	meshPoints     = 4 << 20  // bounds the points of one mesh
	maxMeshPoints  = 48 << 20 // kept in the renderer, 16 bytes each
	unusedPictures = 30       // after which a piece's mesh may go
)

// pointMeshes are the points that the renderer holds: those of a cloud that was
// prepared whole, or those of the pieces of joined ones, which stay while other
// pieces come and go.
type pointMeshes struct {
	whole   *splat.Cloud
	parts   []*gl.Mesh
	pieces  map[*splat.Piece]*pieceMesh
	points  int // of pieces
	picture int
}

type pieceMesh struct {
	mesh *gl.Mesh
	used int
}

func (m *pointMeshes) drop() {
	for _, p := range m.parts {
		p.Delete()
	}
	for _, p := range m.pieces {
		p.mesh.Delete()
	}
	*m = pointMeshes{}
}

// vertices interleaves points for cloud.vert; size nil stands for an index that is
// given with the call.
func vertices(xyz []float32, rgb, size []uint8) []byte {
	n := len(xyz) / 3
	data := make([]byte, 16*n)
	for i := range n {
		v := data[16*i : 16*i+16 : 16*i+16]
		for k := range 3 {
			b := math.Float32bits(xyz[3*i+k])
			v[4*k], v[4*k+1], v[4*k+2], v[4*k+3] = byte(b), byte(b>>8), byte(b>>16), byte(b>>24)
		}
		v[12], v[13], v[14] = rgb[3*i], rgb[3*i+1], rgb[3*i+2]
		if size != nil {
			v[15] = size[i]
		}
	}
	return data
}

func upload(data []byte) (*gl.Mesh, error) {
	m := gl.NewMesh([]gl.Attribute{{Count: 3}, {Count: 4, Bytes: true}})
	if err := m.UploadBytes(data); err != nil {
		m.Delete()
		return nil, err
	}
	return m, nil
}

// take uploads a cloud that was prepared whole, once.
func (m *pointMeshes) take(c *splat.Cloud) error {
	if m.whole == c {
		return nil
	}
	m.drop()
	for from := 0; from < c.Len(); from += meshPoints {
		to := min(from+meshPoints, c.Len())
		mesh, err := upload(vertices(c.XYZ[3*from:3*to], c.RGB[3*from:3*to], c.Size[from:to]))
		if err != nil {
			m.drop()
			return err
		}
		m.parts = append(m.parts, mesh)
	}
	m.whole = c
	return nil
}

// piece gives the mesh of a piece, uploaded when it is new.
func (m *pointMeshes) piece(p *splat.Piece) (*gl.Mesh, error) {
	if h := m.pieces[p]; h != nil {
		h.used = m.picture
		return h.mesh, nil
	}
	mesh, err := upload(vertices(p.XYZ(), p.RGB(), nil))
	if err != nil {
		return nil, err
	}
	if m.pieces == nil {
		m.pieces = map[*splat.Piece]*pieceMesh{}
	}
	m.pieces[p] = &pieceMesh{mesh, m.picture}
	m.points += len(p.XYZ()) / 3
	return mesh, nil
}

// makeRoom lets go of pieces that have not been drawn for some pictures.
func (m *pointMeshes) makeRoom() {
	if m.points <= maxMeshPoints {
		return
	}
	for p, h := range m.pieces {
		if m.picture-h.used > unusedPictures {
			h.mesh.Delete()
			m.points -= len(p.XYZ()) / 3
			delete(m.pieces, p)
		}
	}
}

// surfacesGL draws the cloud and the mesh by OpenGL and reads their depths.
func (d *Drawer) surfacesGL(cam *camera, clip *render.Clip) error {
	t, err := d.passes.pointTarget()
	if err != nil {
		return err
	}
	forward := f32(cam.forward)
	along := func(origin [3]float64, far float32) float64 {
		return float64(far) - r3.Dot(cam.forward, r3.Sub(cam.eye, r3.Vec{X: origin[0], Y: origin[1], Z: origin[2]}))
	}
	far := 2 * cam.near
	if c := d.cloud.points; c != nil {
		far = max(far, along(c.Origin, c.FarthestAlong(forward)))
	}
	if d.mesh != nil {
		far = max(far, along(d.mesh.Origin, d.mesh.FarthestAlong(forward)))
	}
	pad := int(math.Ceil(cam.height/40)) + 1
	t.BindPadded(pad)
	t.Clear()
	if d.cloud.points != nil {
		if err := d.pointsGL(cam, clip, float32(far*1.001), pad); err != nil {
			return err
		}
	}
	if d.mesh != nil {
		if err := d.meshGL(cam, clip, float32(far*1.001), pad); err != nil {
			return err
		}
	}
	return t.ReadFloats(1, d.depth)
}

func (d *Drawer) pointsGL(cam *camera, clip *render.Clip, far float32, pad int) error {
	p, m, c := &d.passes, &d.meshes, d.cloud.points
	origin := r3.Vec{X: c.Origin[0], Y: c.Origin[1], Z: c.Origin[2]}
	q := p.cloudP
	q.Use()
	setCamera(q, cam, origin)
	setClip(q, clip, origin)
	q.SetFloat("uFar", far)
	q.SetFloats("uSizeM[0]", c.SizeM[:])
	steepFrom := float32(len(c.SizeM))
	for s := range len(c.SizeM) {
		if v := c.Steep(uint8(s)); v != 1 {
			steepFrom = float32(s)
			q.SetFloat("uSteep", v)
			break
		}
	}
	q.SetFloat("uSteepFrom", steepFrom)
	q.SetFloat("uHalfFill", float32(d.opt.PointFill)/2)
	q.SetFloat("uMaxDisc", float32(cam.height/40))
	q.SetFloat("uPad", float32(pad))
	m.picture++
	if parts := c.Parts(); parts != nil {
		if m.whole != nil {
			m.drop()
		}
		for _, part := range parts {
			mesh, err := m.piece(part.Piece)
			if err != nil {
				return err
			}
			q.SetFloat("uIndex", float32(part.Size))
			mesh.Draw(gl.Points, gl.Replace, true)
		}
		m.makeRoom()
	} else {
		if err := m.take(c); err != nil {
			return err
		}
		q.SetFloat("uIndex", -1)
		for _, mesh := range m.parts {
			mesh.Draw(gl.Points, gl.Replace, true)
		}
	}
	return nil
}

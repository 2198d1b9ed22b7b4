package gl

import (
	"errors"
	"strings"
	"testing"
)

func open(t *testing.T) *Context {
	t.Helper()
	c, err := NewContext()
	if IsMissing(err) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

const flatVertex = `#version 410 core
layout(location=0) in vec2 at;
layout(location=1) in vec4 tint;
out vec4 colour;
void main() { colour = tint; gl_Position = vec4(at, 0, 1); }`

const flatFragment = `#version 410 core
in vec4 colour;
uniform vec2 uAdd;
layout(location=0) out vec4 o;
layout(location=1) out float depth;
void main() { o = colour; depth = uAdd.x + uAdd.y; }`

func TestDrawTopRowFirst(t *testing.T) {
	c := open(t)
	var pix [4 * 4 * 4]byte
	var val [16]float32
	err := c.Do(func() error {
		p, err := NewProgram("flat", flatVertex, flatFragment)
		if err != nil {
			return err
		}
		defer p.Delete()
		target, err := NewTarget(4, 4, true, RGBA8, Float1)
		if err != nil {
			return err
		}
		defer target.Delete()
		m := NewMesh([]Attribute{{Count: 2}, {Count: 4}})
		defer m.Delete()
		// The half with y from -1 to 0, which is the upper half of the picture.
		var v []float32
		for _, q := range [][2]float32{{-1, -1}, {1, -1}, {1, 0}, {-1, -1}, {1, 0}, {-1, 0}} {
			v = append(v, q[0], q[1], 1, 0.5, 0, 1)
		}
		if err := m.UploadFloats(v); err != nil {
			return err
		}
		target.Bind()
		target.Clear()
		p.Use()
		p.SetFloat("uAdd", 1.5, 2)
		m.Draw(Triangles, Replace, true)
		if err := target.ReadBytes(0, pix[:]); err != nil {
			return err
		}
		return target.ReadFloats(1, val[:])
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 16 {
		want, wantVal := [4]byte{255, 128, 0, 255}, float32(3.5)
		if i >= 8 {
			want, wantVal = [4]byte{}, 0
		}
		if got := [4]byte(pix[4*i:]); got != want || val[i] != wantVal {
			t.Errorf("pixel %d,%d: %v %v, want %v %v", i%4, i/4, got, val[i], want, wantVal)
		}
	}
	if c.Info().Renderer == "" || c.Info().MaxTexturePx < 1024 {
		t.Errorf("info %+v", c.Info())
	}
}

func TestShaderErrorCarriesTheLog(t *testing.T) {
	c := open(t)
	err := c.Do(func() error {
		_, err := NewProgram("broken", flatVertex, "#version 410 core\nvoid main() { nonsense = 1; }")
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "broken fragment") || !strings.Contains(err.Error(), "nonsense") {
		t.Fatalf("error %v", err)
	}
}

func TestTooLargeIsAnError(t *testing.T) {
	c := open(t)
	err := c.Do(func() error {
		_, err := NewTarget(c.Info().MaxTexturePx+1, 16, false, RGBA8)
		return err
	})
	if err == nil {
		t.Fatal("a target beyond the renderer's limit gave no error")
	}
	// The context is still good.
	if err := c.Do(func() error { _, err := NewTarget(8, 8, false, RGBA8); return err }); err != nil {
		t.Fatal(err)
	}
}

func TestDoAfterClose(t *testing.T) {
	c := open(t)
	c.Close()
	c.Close()
	if err := c.Do(func() error { return nil }); !errors.Is(err, ErrClosed) {
		t.Fatalf("error %v", err)
	}
	// A second context in the same process works.
	open(t)
}

func TestDoFromManyGoroutines(t *testing.T) {
	c := open(t)
	n := 0
	done := make(chan error)
	for range 8 {
		go func() {
			done <- c.Do(func() error { n++; return nil })
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if n != 8 {
		t.Fatalf("%d calls ran", n)
	}
}

func TestSoftwareByName(t *testing.T) {
	for name, want := range map[string]bool{
		"llvmpipe (LLVM 15.0.6, 256 bits)":               true,
		"SwiftShader Device (LLVM 10.0.0)":               true,
		"softpipe":                                       true,
		"NVIDIA GeForce RTX 3060/PCIe/SSE2":              false,
		"Mesa Intel(R) UHD Graphics 620 (KBL GT2)":       false,
		"AMD Radeon RX 6600 (radeonsi, navi23, LLVM 15)": false,
	} {
		if got := isSoftware(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

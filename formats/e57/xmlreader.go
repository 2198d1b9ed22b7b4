package e57

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/unicode"

	"firescene/formats"
	"firescene/formats/points"
)

// description is what the XML section tells.
type description struct {
	scans  []scanDesc
	images []Image
}

// scanDesc is one vectorChild of data3D.
type scanDesc struct {
	info           points.ScanInfo
	fields         []field
	hasPoints      bool
	sectionPhysB   int64
	colorLimits    [3]limits
	intensity      limits
	index          [2]limits // of row and column
	sensor         string
	bounds         [6]float64 // minimum and maximum of x, y, z as claimed
	hasBounds      [6]bool
	prototypeError error
}

// limits is a claimed range of values.
type limits struct {
	min, max       float64
	hasMin, hasMax bool
}

func (l limits) ok() bool { return l.hasMin && l.hasMax && l.max > l.min }

// xmlParser walks the elements of the description in one pass: what it does not
// know is skipped, and nothing but the scans is kept.
type xmlParser struct {
	dec   *xml.Decoder
	physB int64
	lim   formats.Limits
	space string // namespace of the root; elements of others are extensions
}

func parseXML(r io.Reader, physB int64, lim formats.Limits) (description, error) {
	// Names typed on a scanner are not always UTF-8, whatever the header says:
	// such bytes become U+FFFD.
	dec := xml.NewDecoder(unicode.UTF8.NewDecoder().Reader(r))
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	p := &xmlParser{dec: dec, physB: physB, lim: lim}
	var d description
	err := p.document(&d)
	return d, p.wrap(err)
}

// wrap turns an error of the XML text into a FormatError.
func (p *xmlParser) wrap(err error) error {
	if err == nil || formats.IsDamaged(err) || formats.IsUnsupported(err) {
		return err
	}
	var syntax *xml.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return damaged(p.physB, "the description is not well-formed XML: line %d: %s", syntax.Line, syntax.Msg)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return damaged(p.physB, "the description ends early")
	}
	return err
}

func (p *xmlParser) document(d *description) error {
	for {
		tok, err := p.dec.Token()
		if err != nil {
			return err
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		if start.Name.Local != "e57Root" {
			return damaged(p.physB, "the description begins with <%s>, not <e57Root>", start.Name.Local)
		}
		p.space = start.Name.Space
		return p.children(func(e xml.StartElement) error {
			switch e.Name.Local {
			case "data3D":
				return p.children(func(xml.StartElement) error {
					if int64(len(d.scans)) >= p.lim.MaxItems {
						return damaged(p.physB, "more than %d scans", p.lim.MaxItems)
					}
					s, err := p.scan()
					d.scans = append(d.scans, s)
					return err
				})
			case "images2D":
				return p.children(func(xml.StartElement) error {
					if len(d.images) >= maxImages {
						return damaged(p.physB, "more than %d images", maxImages)
					}
					im, err := p.image()
					d.images = append(d.images, im)
					return err
				})
			}
			return p.dec.Skip()
		})
	}
}

// children calls visit for every child element of the one just entered. visit
// must consume the child.
func (p *xmlParser) children(visit func(xml.StartElement) error) error {
	for {
		tok, err := p.dec.Token()
		if err != nil {
			return err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if err := visit(t); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
	}
}

// text returns the text of the element just entered.
func (p *xmlParser) text() (string, error) {
	var b strings.Builder
	for {
		tok, err := p.dec.Token()
		if err != nil {
			return "", err
		}
		switch t := tok.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.StartElement:
			if err := p.dec.Skip(); err != nil {
				return "", err
			}
		case xml.EndElement:
			return strings.TrimSpace(b.String()), nil
		}
	}
}

// number reads a number; an empty element stands for zero.
func (p *xmlParser) number(name string) (float64, error) {
	s, err := p.text()
	if err != nil || s == "" {
		return 0, err
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, damaged(p.physB, "<%s> holds %.40q, not a number", name, s)
	}
	return v, nil
}

// numbers reads the child elements that are named into their places. The others
// are skipped.
func (p *xmlParser) numbers(into map[string]*float64, seen map[string]bool) error {
	return p.children(func(e xml.StartElement) error {
		dst := into[e.Name.Local]
		if dst == nil {
			return p.dec.Skip()
		}
		v, err := p.number(e.Name.Local)
		*dst = v
		if seen != nil {
			seen[e.Name.Local] = true
		}
		return err
	})
}

func (p *xmlParser) scan() (scanDesc, error) {
	var s scanDesc
	s.info.WorldFromScan = points.IdentityPose
	err := p.children(func(e xml.StartElement) (err error) {
		if e.Name.Space != p.space {
			return p.dec.Skip()
		}
		switch e.Name.Local {
		case "guid":
			s.info.GUID, err = p.text()
		case "name":
			s.info.Name, err = p.text()
			s.info.NoUnit = strings.HasSuffix(s.info.Name, points.NoUnitNote)
		case "sensorVendor", "sensorModel":
			var word string
			word, err = p.text()
			s.sensor = strings.TrimSpace(s.sensor + " " + word)
		case "pose":
			s.info.HasPose = true
			s.info.WorldFromScan, err = p.pose()
		case "cartesianBounds":
			err = p.cartesianBounds(&s)
		case "colorLimits":
			err = p.limits(map[string]*limits{"colorRed": &s.colorLimits[0], "colorGreen": &s.colorLimits[1], "colorBlue": &s.colorLimits[2]})
		case "intensityLimits":
			err = p.limits(map[string]*limits{"intensity": &s.intensity})
		case "indexBounds":
			err = p.limits(map[string]*limits{"row": &s.index[0], "column": &s.index[1]})
		case "points":
			err = p.points(e, &s)
		default:
			err = p.dec.Skip()
		}
		return err
	})
	return s, err
}

func (p *xmlParser) pose() ([16]float64, error) {
	var t [3]float64
	q := [4]float64{1, 0, 0, 0}
	err := p.children(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "rotation":
			q[0] = 0 // a rotation that is given names all it has
			return p.numbers(map[string]*float64{"w": &q[0], "x": &q[1], "y": &q[2], "z": &q[3]}, nil)
		case "translation":
			return p.numbers(map[string]*float64{"x": &t[0], "y": &t[1], "z": &t[2]}, nil)
		}
		return p.dec.Skip()
	})
	return matrix(q, t), err
}

func (p *xmlParser) cartesianBounds(s *scanDesc) error {
	names := [6]string{"xMinimum", "yMinimum", "zMinimum", "xMaximum", "yMaximum", "zMaximum"}
	into, seen := map[string]*float64{}, map[string]bool{}
	for i, n := range names {
		into[n] = &s.bounds[i]
	}
	err := p.numbers(into, seen)
	for i, n := range names {
		s.hasBounds[i] = seen[n]
	}
	return err
}

// limits reads elements named NAMEMinimum and NAMEMaximum.
func (p *xmlParser) limits(into map[string]*limits) error {
	return p.children(func(e xml.StartElement) error {
		name, isMin := strings.CutSuffix(e.Name.Local, "Minimum")
		name, isMax := strings.CutSuffix(name, "Maximum")
		l := into[name]
		if l == nil || isMin == isMax {
			return p.dec.Skip()
		}
		v, err := p.number(e.Name.Local)
		if isMin {
			l.min, l.hasMin = v, true
		} else {
			l.max, l.hasMax = v, true
		}
		return err
	})
}

func (p *xmlParser) points(e xml.StartElement, s *scanDesc) error {
	s.hasPoints = true
	for _, a := range e.Attr {
		v, err := strconv.ParseInt(strings.TrimSpace(a.Value), 10, 64)
		switch a.Name.Local {
		case "fileOffset":
			if err != nil || v < 0 {
				return damaged(p.physB, "fileOffset %.40q of a scan's points is not a byte offset", a.Value)
			}
			s.sectionPhysB = v
		case "recordCount":
			if err != nil || v < 0 {
				return damaged(p.physB, "recordCount %.40q of a scan's points is not a count", a.Value)
			}
			s.info.Count = v
		}
	}
	return p.children(func(e xml.StartElement) error {
		if e.Name.Local != "prototype" {
			return p.dec.Skip()
		}
		return p.prototype(s, 0)
	})
}

// maxFields bounds the fields of a prototype: the data packet counts its
// bytestreams in 16 bits.
const maxFields = 1<<16 - 1

// prototype reads the leaves of a prototype in their order, which is the order
// of the bytestreams.
func (p *xmlParser) prototype(s *scanDesc, depth int) error {
	if depth > p.lim.MaxDepth {
		return damaged(p.physB, "prototype nested deeper than %d", p.lim.MaxDepth)
	}
	return p.children(func(e xml.StartElement) error {
		if t := attr(e, "type"); t == "Structure" || t == "Vector" {
			return p.prototype(s, depth+1)
		}
		if len(s.fields) >= maxFields {
			return damaged(p.physB, "more than %d fields a point", maxFields)
		}
		f, err := newField(e, e.Name.Space != p.space)
		if err != nil && s.prototypeError == nil {
			s.prototypeError = damaged(p.physB, "%s", err)
		}
		s.fields = append(s.fields, f)
		return p.dec.Skip()
	})
}

// attr returns an attribute's value, or the empty string.
func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return strings.TrimSpace(a.Value)
		}
	}
	return ""
}

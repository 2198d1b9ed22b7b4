package carve

// pictureTypes lists the still pictures other than JPEG and PNG.
func pictureTypes() []Type { return nil }

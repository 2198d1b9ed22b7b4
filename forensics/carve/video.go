package carve

// videoTypes lists moving pictures and streams.
func videoTypes() []Type { return nil }

package carve

// videoTypes lists moving pictures and streams.
func videoTypes() []Type {
	return []Type{mp4Type(), mpegPSType(), matroskaType(), aviType(), mpegTSType(), h264Type(), h264PartType(), davType()}
}

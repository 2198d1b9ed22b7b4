#version 410 core
in vec3 vColour;
in float vDepth, vBulge;
uniform float uFar;
layout(location=0) out vec4 oColour;
layout(location=1) out float oDepth;
void main() {
	float depth = vDepth;
	if (vBulge >= 0.0) {
		vec2 d = gl_PointCoord * 2.0 - 1.0;
		float r2 = dot(d, d);
		if (r2 > 1.0) discard;
		depth += vBulge * r2;
	}
	oColour = vec4(vColour, 1.0);
	oDepth = depth; // as the splatter has it
	gl_FragDepth = depth / (uFar * 1.01);
}

#version 410 core
// Gas that was marched at half the size, laid over the picture: of the four nearest
// pixels those count that end at the depth of this one (joint bilateral upsampling:
// J. Kopf, M. F. Cohen, D. Lischinski, M. Uyttendaele, ACM Transactions on Graphics 26,
// 2007).
uniform sampler2D uGas, uGasDepth, uDepth;
uniform vec2 uHalf;
layout(location=0) out vec4 oColour;
float near_(float z) { return z > 0.0 ? 1.0 / z : 0.0; }
void main() {
	float own = near_(texelFetch(uDepth, ivec2(gl_FragCoord.xy), 0).r);
	vec2 at = gl_FragCoord.xy * 0.5 - 0.5;
	ivec2 base = ivec2(floor(at));
	vec2 f = at - vec2(base);
	vec4 sum = vec4(0.0);
	float all = 0.0;
	for (int k = 0; k < 4; k++) {
		ivec2 o = ivec2(k & 1, k >> 1), p = clamp(base + o, ivec2(0), ivec2(uHalf) - 1);
		float d = near_(texelFetch(uGasDepth, p, 0).r);
		float off = abs(d - own) / max(max(d, own), 1e-9) * 40.0;
		float w = (o.x == 1 ? f.x : 1.0 - f.x) * (o.y == 1 ? f.y : 1.0 - f.y) / (1.0 + off * off) + 1e-6 / (1.0 + off * off);
		sum += w * texelFetch(uGas, p, 0);
		all += w;
	}
	oColour = sum / all;
}

//go:build cgo && linux

package gl

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <EGL/egl.h>
#include <EGL/eglext.h>

// libEGL is opened at run time, so that a machine without it still runs every
// command that draws nothing.
typedef struct {
	void *lib;
	EGLDisplay display;
	EGLContext context;
	__eglMustCastToProperFunctionPointerType (*proc)(const char *);
} fs_egl;

#define LOAD(type, name) type name = (type)e->proc(#name)
typedef const char *(*query_string_f)(EGLDisplay, EGLint);
typedef EGLDisplay (*platform_display_f)(EGLenum, void *, const EGLint *);
typedef EGLBoolean (*query_devices_f)(EGLint, EGLDeviceEXT *, EGLint *);
typedef EGLDisplay (*get_display_f)(EGLNativeDisplayType);
typedef EGLBoolean (*initialize_f)(EGLDisplay, EGLint *, EGLint *);
typedef EGLBoolean (*bind_api_f)(EGLenum);
typedef EGLBoolean (*choose_config_f)(EGLDisplay, const EGLint *, EGLConfig *, EGLint, EGLint *);
typedef EGLContext (*create_context_f)(EGLDisplay, EGLConfig, EGLContext, const EGLint *);
typedef EGLBoolean (*make_current_f)(EGLDisplay, EGLSurface, EGLSurface, EGLContext);
typedef EGLBoolean (*destroy_context_f)(EGLDisplay, EGLContext);
typedef EGLBoolean (*terminate_f)(EGLDisplay);
typedef EGLint (*get_error_f)(void);

static const char *fs_load(fs_egl *e) {
	e->lib = dlopen("libEGL.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!e->lib) return "libEGL.so.1 is not installed";
	*(void **)&e->proc = dlsym(e->lib, "eglGetProcAddress");
	return e->proc ? NULL : "libEGL.so.1 has no eglGetProcAddress";
}

static void fs_close(fs_egl *e) {
	LOAD(make_current_f, eglMakeCurrent);
	LOAD(destroy_context_f, eglDestroyContext);
	LOAD(terminate_f, eglTerminate);
	if (e->context) {
		eglMakeCurrent(e->display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
		eglDestroyContext(e->display, e->context);
		e->context = NULL;
	}
	if (e->display) eglTerminate(e->display);
	e->display = NULL;
}

// fs_open tries one platform: -2 the surfaceless one, -1 the default display,
// 0 and up the devices. It returns NULL on success, "" when there is no such
// platform, else what failed.
static const char *fs_open(fs_egl *e, int which, char *log, int room) {
	LOAD(query_string_f, eglQueryString);
	LOAD(get_display_f, eglGetDisplay);
	LOAD(initialize_f, eglInitialize);
	LOAD(bind_api_f, eglBindAPI);
	LOAD(choose_config_f, eglChooseConfig);
	LOAD(create_context_f, eglCreateContext);
	LOAD(make_current_f, eglMakeCurrent);
	LOAD(get_error_f, eglGetError);
	LOAD(platform_display_f, eglGetPlatformDisplayEXT);
	LOAD(query_devices_f, eglQueryDevicesEXT);
	if (!eglQueryString || !eglGetDisplay || !eglInitialize || !eglBindAPI || !eglChooseConfig ||
		!eglCreateContext || !eglMakeCurrent || !eglGetError) return "libEGL is incomplete";
	const char *ext = eglQueryString(EGL_NO_DISPLAY, EGL_EXTENSIONS);
	if (!ext) ext = "";

	if (which == -2) {
		if (!eglGetPlatformDisplayEXT || !strstr(ext, "EGL_MESA_platform_surfaceless")) return "";
		e->display = eglGetPlatformDisplayEXT(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, NULL);
	} else if (which >= 0) {
		EGLDeviceEXT devices[16];
		EGLint n = 0;
		if (!eglGetPlatformDisplayEXT || !eglQueryDevicesEXT || !strstr(ext, "EGL_EXT_platform_device")) return "";
		if (!eglQueryDevicesEXT(16, devices, &n) || which >= n) return "";
		e->display = eglGetPlatformDisplayEXT(EGL_PLATFORM_DEVICE_EXT, devices[which], NULL);
	} else {
		e->display = eglGetDisplay(EGL_DEFAULT_DISPLAY);
	}
	const char *step = "no display";
	EGLint major, minor, n = 0;
	EGLConfig config;
	static const EGLint want[] = {EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_SURFACE_TYPE, 0, EGL_NONE};
	static const EGLint version[] = {EGL_CONTEXT_MAJOR_VERSION, 4, EGL_CONTEXT_MINOR_VERSION, 1,
		EGL_CONTEXT_OPENGL_PROFILE_MASK, EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT, EGL_NONE};
	if (!e->display) goto failed;
	step = "eglInitialize";
	if (!eglInitialize(e->display, &major, &minor)) goto failed;
	step = "no desktop OpenGL";
	if (!eglBindAPI(EGL_OPENGL_API)) goto failed;
	step = "no configuration";
	if (!eglChooseConfig(e->display, want, &config, 1, &n) || n < 1) goto failed;
	step = "no OpenGL 4.1 core context";
	e->context = eglCreateContext(e->display, config, EGL_NO_CONTEXT, version);
	if (!e->context) goto failed;
	step = "eglMakeCurrent";
	if (!eglMakeCurrent(e->display, EGL_NO_SURFACE, EGL_NO_SURFACE, e->context)) goto failed;
	return NULL;
failed:
	snprintf(log, room, "%s (EGL error 0x%x)", step, eglGetError());
	fs_close(e);
	return log;
}

static void *fs_proc(fs_egl *e, const char *name) { return (void *)e->proc(name); }
*/
import "C"

import (
	"fmt"
	"strings"
	"unsafe"
)

const eglNeed = "install libegl1 and libgl1-mesa-dri, or a graphics driver with EGL; needs OpenGL 4.1"

// NewContext makes a context that needs no window and no X server. A hardware
// renderer is preferred; a software one serves when there is no other. The
// error is a *MissingError when this machine has neither.
func NewContext() (*Context, error) {
	e := &C.fs_egl{}
	return serve(func() (Info, error) { return openEGL(e) }, func() { C.fs_close(e) })
}

func openEGL(e *C.fs_egl) (Info, error) {
	if msg := C.fs_load(e); msg != nil {
		return Info{}, &MissingError{C.GoString(msg), eglNeed}
	}
	const surfaceless, fallback = -2, -1
	platforms := []int{surfaceless, 0, 1, 2, 3, 4, 5, 6, 7, fallback}
	var failures []string
	software := -3
	for _, p := range platforms {
		info, err := tryEGL(e, p)
		switch {
		case err != nil:
			failures = append(failures, fmt.Sprintf("%s: %v", platformName(p), err))
		case info.Renderer == "":
		case !info.Software:
			return info, nil
		default:
			if software == -3 {
				software = p
			}
			C.fs_close(e)
		}
	}
	if software == -3 {
		return Info{}, &MissingError{"no OpenGL context: " + strings.Join(failures, "; "), eglNeed}
	}
	return tryEGL(e, software)
}

// tryEGL returns a zero Info and no error when the platform does not exist.
func tryEGL(e *C.fs_egl, platform int) (Info, error) {
	var log [256]C.char
	if msg := C.fs_open(e, C.int(platform), &log[0], C.int(len(log))); msg != nil {
		if text := C.GoString(msg); text != "" {
			return Info{}, fmt.Errorf("%s", text)
		}
		return Info{}, nil
	}
	info, err := loadFunctions(func(name string) unsafe.Pointer {
		cname := C.CString(name)
		defer C.free(unsafe.Pointer(cname))
		return C.fs_proc(e, cname)
	})
	if err != nil {
		C.fs_close(e)
		return Info{}, err
	}
	info.Platform = platformName(platform)
	return info, nil
}

func platformName(p int) string {
	switch p {
	case -2:
		return "surfaceless"
	case -1:
		return "default"
	default:
		return fmt.Sprintf("device %d", p)
	}
}

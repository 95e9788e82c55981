package main

// release is a version of an engine's default, and the module that has its source.
type release struct {
	// name is what the profile is called after "runtime-default@".
	name string
	// module, version and sum (as in go.sum) name the source, dir the package in it.
	module, version, sum, dir string
	// docker says that the source is Docker's: a profile with conditions, where containerd has code.
	docker bool
}

const (
	containerdV1 = "github.com/containerd/containerd"
	containerdV2 = "github.com/containerd/containerd/v2"
	dockerModule = "github.com/docker/docker"
	mobyProfiles = "github.com/moby/profiles/seccomp"
)

func containerdRelease(name, module, sum string) release {
	return release{name: "containerd-" + name, module: module, version: "v" + name, sum: sum, dir: "contrib/seccomp"}
}

// releases are the older ones, of each engine the newest first: a name without the last numbers means the first that it fits.
// Of the patches of a minor version those are here between which the profile changed. Docker's is in a module of its own since
// 28.5, which vendor.mod of docker/docker and go.mod of moby/moby/v2 name the version of: 0.1.0 in Docker 28.5, and 0.2.3 in
// the newest release of Docker 29's module, v2.0.0-beta.24.
var releases = []release{
	containerdRelease("2.4.0", containerdV2, "h1:mZLYWkPAgF4tfTjinClrRfvUxmxHxg1PQL7cjrrpTtk="),
	containerdRelease("2.3.7", containerdV2, "h1:7PGbgAVKE4ieQjFPv7+kwAv7f9dCtRpExZwjExHD/Fk="),
	containerdRelease("2.3.4", containerdV2, "h1:c2PJo/9UGVdiiw8SwrxuLxWGY+9b3jQ6Xp9zntneIvI="),
	containerdRelease("2.2.9", containerdV2, "h1:ddw9THGOXhcKnHORjkKoXtazPjwtcPwmqk8AVyRpfZw="),
	containerdRelease("2.2.1", containerdV2, "h1:TpyxcY4AL5A+07dxETevunVS5zxqzuq7ZqJXknM11yk="),
	containerdRelease("2.1.9", containerdV2, "h1:lOQQ3qVEtauZCHKh8S2Xph5fGXFX2uZxMHmaslOZtW0="),
	containerdRelease("2.0.14", containerdV2, "h1:f+wIN6XMP+EsDTD8eKc4aCTMxmb184p/ICs0KQYCYBg="),
	containerdRelease("1.7.35", containerdV1, "h1:7AU2T1qI2OdNBmKkreWZ7kASHUNFItN5Hgejd9sY938="),
	containerdRelease("1.7.2", containerdV1, "h1:UF2gdONnxO8I6byZXDi5sXWiWvlW3D/sci7dTQimEJo="),
	{"docker-29", mobyProfiles, "v0.2.3", "h1:nrHNSiECQQvq4WjgceCUgJXIXUJBIswVQ133k4Do2mA=", "", true},
	{"docker-28.5.2", mobyProfiles, "v0.1.0", "h1:kVf1lc5ytNB1XPxEdZUVF+oPpbBYJHR50eEvPt/9k8A=", "", true},
	{"docker-28.0.1", dockerModule, "v28.0.1+incompatible", "h1:FCHjSRdXhNRFjlHMTv4jUNlIBbTeRjrWfeFuJp7jpo0=", "profiles/seccomp", true},
	{"docker-27.5.0", dockerModule, "v27.5.0+incompatible", "h1:um++2NcQtGRTz5eEgO6aJimo6/JxrTXC941hd05JO6U=", "profiles/seccomp", true},
	{"docker-26.1.4", dockerModule, "v26.1.4+incompatible", "h1:vuTpXDuoga+Z38m1OZHzl7NKisKWaWlhjQk7IDPSLsU=", "profiles/seccomp", true},
	{"docker-25.0.6", dockerModule, "v25.0.6+incompatible", "h1:5cPwbwriIcsua2REJe8HqQV+6WlWc1byg2QSXzBxBGg=", "profiles/seccomp", true},
	{"docker-24.0.9", dockerModule, "v24.0.9+incompatible", "h1:HPGzNmwfLZWdxHqK9/II92pyi1EpYKsAqcl4G0Of9v0=", "profiles/seccomp", true},
}

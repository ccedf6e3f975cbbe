package sqlite

import "syscall"

// placeOf asks statfs; the numbers are those of statfs(2).
func placeOf(dir string) (place, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return place{}, err
	}
	return classify(uint32(st.Type)), nil
}

func classify(magic uint32) place {
	const fuse = 0x65735546
	if magic == fuse {
		return place{kind: "FUSE", unknown: true}
	}
	kind := map[uint32]string{
		0x00006969: "NFS",
		0x0000517b: "SMB",
		0xff534d42: "CIFS",
		0xfe534d42: "SMB2",
		0x5346414f: "AFS",
		0x6b414653: "kAFS",
		0x73757245: "Coda",
		0x0000564c: "NCP",
		0x01021997: "9P",
		0x00c36400: "Ceph",
		0x0bd00bd0: "Lustre",
		0x47504653: "GPFS",
		0x01161970: "GFS2",
		0x7461636f: "OCFS2",
		0x20030528: "OrangeFS",
		0xaad7aaea: "PanFS",
	}[magic]
	return place{kind: kind, remote: kind != ""}
}

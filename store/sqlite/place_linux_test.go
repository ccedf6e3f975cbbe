package sqlite

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	for magic, want := range map[uint32]place{
		0xef53:     {}, // ext4
		0x9123683e: {}, // btrfs
		0x58465342: {}, // XFS
		0x01021994: {}, // tmpfs
		0x794c7630: {}, // overlay
		0x6969:     {kind: "NFS", remote: true},
		0xff534d42: {kind: "CIFS", remote: true},
		0x01021997: {kind: "9P", remote: true},
		0x65735546: {kind: "FUSE", unknown: true},
	} {
		require.Equal(t, want, classify(magic), "%#x", magic)
	}
	here, err := placeOf(t.TempDir())
	require.NoError(t, err)
	require.False(t, here.remote)
	_, err = placeOf("/no such directory")
	require.Error(t, err)
}

package objects

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"os"
	"sort"
	"strconv"
	"sync"
	"time"
)

const (
	mostParts = 10_000
	mostList  = 2 << 20 // bytes of a list of parts
)

// uploads are those in parts that are under way, by their IDs.
type uploads struct {
	mu  sync.Mutex
	all map[string]*upload
}

// upload is one in parts.
type upload struct {
	owner, bucket, key string
	expires            time.Time
	file               *spool

	mu    sync.Mutex
	parts map[int]part
	done  string // ETag, once it is completed: a client that asks again is answered as the first time
}

// part lies in the file of its upload.
type part struct {
	at, size int64
	etag     string
}

// sweep ends what nobody may complete any more.
func (u *uploads) sweep(now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for id, one := range u.all {
		if !now.Before(one.expires) {
			_ = one.file.close() // a file without a name leaves nothing behind
			delete(u.all, id)
		}
	}
}

func (u *uploads) add(id string, one *upload) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.all == nil {
		u.all = map[string]*upload{}
	}
	u.all[id] = one
}

func (u *uploads) remove(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.all, id)
}

// find is an upload of this session to this object.
func (q *request) find(id string) (*upload, error) {
	q.uploads.mu.Lock()
	defer q.uploads.mu.Unlock()
	one := q.uploads.all[id]
	if one == nil || one.owner != q.Owner || one.bucket != q.bucket || one.key != q.key {
		return nil, errNoUpload
	}
	return one, nil
}

// begin begins an upload.
func (q *request) begin() error {
	if err := q.Writable(q.r.Context(), q.bucket, q.key); err != nil {
		return err
	}
	file, err := q.Scratch.open()
	if err != nil {
		return err
	}
	id := rand.Text()
	q.uploads.add(id, &upload{owner: q.Owner, bucket: q.bucket, key: q.key, expires: q.Expires, file: file, parts: map[int]part{}})
	writeXML(q.w, q.r, http.StatusOK, struct {
		XMLName     xml.Name `xml:"InitiateMultipartUploadResult"`
		Bucket, Key string
		UploadID    string `xml:"UploadId"`
	}{Bucket: q.bucket, Key: q.key, UploadID: id})
	return nil
}

// putPart takes a part. The newest of a number counts.
func (q *request) putPart(id, number string) error {
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > mostParts {
		return &Error{Status: http.StatusBadRequest, Code: "InvalidArgument", Message: "Part number must be an integer between 1 and 10000, inclusive"}
	}
	one, err := q.find(id)
	if err != nil {
		return err
	}
	b, err := open(q.r, q.signed, q.MaxObject)
	if err != nil {
		return err
	}
	at, err := one.file.grow(b.size, 2*q.MaxObject) // parts may be sent again
	if err != nil {
		return err
	}
	etag, err := b.spool(one.file.file, at)
	if errors.Is(err, os.ErrClosed) {
		return errNoUpload // it was aborted meanwhile
	}
	if err != nil {
		return err
	}
	if !one.keep(n, part{at, b.size, etag}) {
		return errNoUpload
	}
	b.tell(q.w.Header())
	q.w.Header().Set("Etag", etag)
	q.w.WriteHeader(http.StatusOK)
	return nil
}

// keep keeps a part, unless the upload is completed.
func (u *upload) keep(number int, p part) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.done != "" {
		return false
	}
	u.parts[number] = p
	return true
}

// listed is what completes an upload. Checksums in it were verified with the parts.
type listed struct {
	XMLName xml.Name `xml:"CompleteMultipartUpload"`
	Parts   []struct {
		PartNumber int
		ETag       string
	} `xml:"Part"`
}

// complete makes an object of the parts.
func (q *request) complete(id string) error {
	one, err := q.find(id)
	if err != nil {
		return err
	}
	data, err := io.ReadAll(http.MaxBytesReader(q.w, q.r.Body, mostList))
	if err != nil {
		return errCut
	}
	var list listed
	sum := sha256.Sum256(data)
	switch {
	case len(q.signed.Payload) == 2*sha256.Size && q.signed.Payload != hex.EncodeToString(sum[:]):
		return &Error{Status: http.StatusBadRequest, Code: "XAmzContentSHA256Mismatch", Message: "The x-amz-content-sha256 header is not the SHA-256 of the body."}
	case xml.Unmarshal(data, &list) != nil || len(list.Parts) == 0 || len(list.Parts) > mostParts:
		return errXML
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	if one.done == "" {
		if err := q.finish(one, list); err != nil {
			return err
		}
	}
	writeXML(q.w, q.r, http.StatusOK, struct {
		XMLName           xml.Name `xml:"CompleteMultipartUploadResult"`
		Bucket, Key, ETag string
	}{Bucket: q.bucket, Key: q.key, ETag: one.done})
	return nil
}

// finish hands on what an upload makes.
func (q *request) finish(one *upload, list listed) error {
	whole, err := one.assemble(list)
	if err != nil {
		return err
	}
	if whole.size > q.MaxObject {
		return errTooLarge
	}
	if err := q.Put(q.r.Context(), q.bucket, q.key, whole, whole.size); err != nil {
		return err
	}
	one.done, one.parts = whole.etag, nil
	return one.file.close()
}

// abort forgets an upload.
func (q *request) abort(id string) error {
	one, err := q.find(id)
	if err != nil {
		return err
	}
	q.uploads.remove(id)
	q.w.WriteHeader(http.StatusNoContent)
	return one.file.close()
}

// assembled is the content of parts, one behind the other.
type assembled struct {
	file  io.ReaderAt
	parts []part
	start []int64 // of each part
	size  int64
	etag  string
}

func (u *upload) assemble(list listed) (*assembled, error) {
	out, sum := &assembled{file: u.file.file}, sha256.New()
	for i, told := range list.Parts {
		p, there := u.parts[told.PartNumber]
		switch {
		case i > 0 && told.PartNumber <= list.Parts[i-1].PartNumber:
			return nil, errOrder
		case !there || told.ETag != p.etag && `"`+told.ETag+`"` != p.etag:
			return nil, errPart
		}
		out.parts, out.start = append(out.parts, p), append(out.start, out.size)
		out.size += p.size
		sum.Write([]byte(p.etag))
	}
	out.etag = `"` + hex.EncodeToString(sum.Sum(nil)[:16]) + "-" + strconv.Itoa(len(list.Parts)) + `"`
	return out, nil
}

// ReadAt reads across parts.
func (a *assembled) ReadAt(p []byte, at int64) (n int, err error) {
	if at < 0 {
		return 0, io.ErrUnexpectedEOF
	}
	for n < len(p) && at < a.size {
		i := sort.Search(len(a.start), func(i int) bool { return a.start[i] > at }) - 1
		from := at - a.start[i]
		most := min(int64(len(p)-n), a.parts[i].size-from)
		read, err := a.file.ReadAt(p[n:n+int(most)], a.parts[i].at+from)
		n, at = n+read, at+int64(read)
		if int64(read) < most {
			return n, errors.Join(io.ErrUnexpectedEOF, err)
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

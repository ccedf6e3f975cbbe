package sdktest

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	tmtypes "github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager/types"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi"
)

// noise is content that does not get smaller.
func noise(n int) string {
	out := make([]byte, n)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(out) // it never fails
	return string(out)
}

// building is a build that has begun, of files.
func building(t *testing.T, files map[string]string, change func(*awsapi.Options)) (*works, types.Job) {
	w := newWorks(t, "", change)
	t.Cleanup(w.stop)
	w.declare()
	w.create(factory())
	w.fetched(files)
	return w, w.begin(makeType)
}

func TestTheTransferManager(t *testing.T) {
	scratch := t.TempDir()
	files := map[string]string{"large": noise(11 << 20), "small": "x"}
	w, job := building(t, files, func(o *awsapi.Options) { o.Scratch = scratch })
	bucket, key := place(job.Data.OutputArtifacts[0])
	for name, parts := range map[string]tmtypes.GetObjectType{"ranges": tmtypes.GetObjectRanges, "parts": tmtypes.GetObjectParts} {
		t.Run(name, func(t *testing.T) {
			manager := transfermanager.New(w.store(job.Data.ArtifactCredentials), func(o *transfermanager.Options) {
				o.PartSizeBytes, o.MultipartUploadThreshold, o.GetObjectType = 5<<20, 5<<20, parts
			})
			_, err := manager.UploadObject(t.Context(), &transfermanager.UploadObjectInput{Bucket: bucket, Key: key, Body: bytes.NewReader(zipped(t, files))})
			require.NoError(t, err)
			from, name := place(job.Data.InputArtifacts[0])
			got, err := manager.GetObject(t.Context(), &transfermanager.GetObjectInput{Bucket: from, Key: name})
			require.NoError(t, err)
			data, err := io.ReadAll(got.Body)
			require.NoError(t, err)
			require.Equal(t, files, unzipped(t, data))
		})
	}
	w.succeedAll(job)
	require.Equal(t, files, w.get(w.begin(rollType), 0))
	left, err := os.ReadDir(scratch)
	require.NoError(t, err)
	require.Empty(t, left)
}

// succeedAll puts what is missing and ends the build.
func (w *works) succeedAll(job types.Job) {
	w.t.Helper()
	require.NoError(w.t, w.put(job, 1, zipped(w.t, map[string]string{"report.txt": "fine"})))
	w.succeed(job)
}

// Over TLS the SDK sends its checksum behind the body, in chunks.
func TestChecksumsBehindTheBody(t *testing.T) {
	w, job := building(t, map[string]string{"a": "b"}, nil)
	var payloads []string
	handler := w.server.Config.Handler
	server := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		payloads = append(payloads, r.Header.Get("X-Amz-Content-Sha256"))
		handler.ServeHTTP(rw, r)
	}))
	defer server.Close()
	client := w.store(job.Data.ArtifactCredentials)
	bucket, key := place(job.Data.OutputArtifacts[0])
	secure := func(o *s3.Options) { o.BaseEndpoint, o.HTTPClient = &server.URL, server.Client() }
	data := zipped(t, map[string]string{"app": noise(100_000)})
	for _, algorithm := range []s3types.ChecksumAlgorithm{"", "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"} {
		_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: key, Body: io.MultiReader(bytes.NewReader(data)), ContentLength: aws.Int64(int64(len(data))), ChecksumAlgorithm: algorithm}, secure)
		require.NoError(t, err, algorithm)
		_, err = client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: key, Body: bytes.NewReader(data), ChecksumAlgorithm: algorithm})
		require.NoError(t, err, "in front of it: %s", algorithm)
	}
	require.Contains(t, payloads, "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
	_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: key, Body: bytes.NewReader(data), ChecksumCRC32: aws.String("AAAAAA==")})
	says(t, "BadDigest", err)
}

func TestReading(t *testing.T) {
	w, job := building(t, map[string]string{"a": "content"}, nil)
	client := w.store(job.Data.ArtifactCredentials)
	bucket, key := place(job.Data.InputArtifacts[0])
	head, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: bucket, Key: key})
	require.NoError(t, err)
	get := func(part string) (string, error) {
		out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key, Range: &part})
		if err != nil {
			return "", err
		}
		defer out.Body.Close()
		require.Equal(t, head.ETag, out.ETag)
		data, err := io.ReadAll(out.Body)
		return string(data), err
	}
	whole, err := get("bytes=0-")
	require.NoError(t, err)
	require.EqualValues(t, len(whole), *head.ContentLength)
	some, err := get("bytes=10-19")
	require.NoError(t, err)
	require.Equal(t, whole[10:20], some)
	some, err = get("bytes=-4")
	require.NoError(t, err)
	require.Equal(t, whole[len(whole)-4:], some)
	_, err = get("bytes=100000-")
	require.Error(t, err)
	for part, ok := range map[int32]bool{1: true, 2: false} {
		_, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: bucket, Key: key, PartNumber: &part})
		require.Equal(t, ok, err == nil, "%v", err)
	}
}

func TestCredentialsAreForOneJobAlone(t *testing.T) {
	w, job := building(t, map[string]string{"a": "b"}, nil)
	w.start(*factory().Name)
	data := zipped(t, map[string]string{"app": "binary"})
	own := *job.Data.ArtifactCredentials
	in, out := job.Data.InputArtifacts[0], job.Data.OutputArtifacts[0]
	put := func(c types.AWSSessionCredentials, a types.Artifact) error {
		job.Data.ArtifactCredentials, job.Data.OutputArtifacts[0] = &c, a
		return w.put(job, 0, data)
	}
	read := func(c types.AWSSessionCredentials, a types.Artifact) error {
		bucket, key := place(a)
		got, err := w.store(&c).GetObject(t.Context(), &s3.GetObjectInput{Bucket: bucket, Key: key})
		if err == nil {
			err = got.Body.Close()
		}
		return err
	}
	at := func(bucket, key string) types.Artifact {
		return types.Artifact{Location: &types.ArtifactLocation{S3Location: &types.S3ArtifactLocation{BucketName: &bucket, ObjectKey: &key}}}
	}
	bucket, key := place(out)
	denied(t, put(own, in))
	denied(t, read(own, out))
	denied(t, put(own, at("other-bucket", *key)))
	denied(t, put(own, at(*bucket, *key+"x")))
	denied(t, read(own, at(*bucket, "other")))

	other := w.poll(repoType)
	denied(t, w.put(other, 0, data)) // not before it is acknowledged
	denied(t, put(own, other.Data.OutputArtifacts[0]))
	denied(t, put(*other.Data.ArtifactCredentials, out))
	denied(t, read(*other.Data.ArtifactCredentials, in))

	changed := own
	changed.SecretAccessKey = aws.String("wrong")
	says(t, "SignatureDoesNotMatch", put(changed, out))
	changed = own
	changed.AccessKeyId = aws.String(accessKey)
	changed.SecretAccessKey = aws.String(secretKey)
	denied(t, put(changed, out))
	changed = own
	changed.SessionToken = other.Data.ArtifactCredentials.SessionToken
	denied(t, put(changed, out))
	changed.SessionToken = aws.String("none")
	denied(t, put(changed, out))

	require.NoError(t, put(own, out))
	later := w.now.Add(61 * time.Minute)
	w.now = later
	job.Data.ArtifactCredentials = &own
	err := w.put(job, 0, data)
	says(t, "SignatureDoesNotMatch", err) // the client's clock is too far from the server's: it is another request of then
	w.now = time.Now()
	job.Data.OutputArtifacts[1] = out
	require.NoError(t, w.put(job, 0, data))
	_, err = w.PutJobFailureResult(t.Context(), &codepipeline.PutJobFailureResultInput{JobId: job.Id, FailureDetails: &types.FailureDetails{Type: types.FailureTypeJobFailed, Message: aws.String("no")}})
	require.NoError(t, err)
	denied(t, put(own, out))
	denied(t, read(own, in))
}

// Credentials end an hour after they were handed out; new ones are in the job's details.
func TestCredentialsExpire(t *testing.T) {
	w, job := building(t, map[string]string{"a": "b"}, func(o *awsapi.Options) { o.Skew = 2 * time.Hour })
	data := zipped(t, map[string]string{"app": "binary"})
	w.now = w.now.Add(59 * time.Minute)
	require.NoError(t, w.put(job, 0, data))
	w.now = w.now.Add(time.Minute)
	denied(t, w.put(job, 0, data))
	again, err := w.GetJobDetails(t.Context(), &codepipeline.GetJobDetailsInput{JobId: job.Id})
	require.NoError(t, err)
	job.Data.ArtifactCredentials = again.JobDetails.Data.ArtifactCredentials
	require.NoError(t, w.put(job, 0, data))
}

func TestWhatIsNoArtifact(t *testing.T) {
	w, job := building(t, map[string]string{"a": "b"}, func(o *awsapi.Options) { o.MaxArtifact = 1 << 20 })
	var link bytes.Buffer
	z := zip.NewWriter(&link)
	h := &zip.FileHeader{Name: "passwords"}
	h.SetMode(fs.ModeSymlink | 0o777)
	f, err := z.CreateHeader(h)
	require.NoError(t, err)
	_, err = io.WriteString(f, "/etc/passwd")
	require.NoError(t, err)
	require.NoError(t, z.Close())
	for name, test := range map[string]struct {
		data []byte
		code string
	}{
		"no ZIP":      {[]byte("hello"), "InvalidRequest"},
		"nothing":     {nil, "InvalidRequest"},
		"outside":     {zipped(t, map[string]string{"../../x": "y"}), "InvalidRequest"},
		"link out":    {link.Bytes(), "InvalidRequest"},
		"long a path": {zipped(t, map[string]string{strings.Repeat("a", 300): "y"}), "EntityTooLarge"},
		"too large":   {zipped(t, map[string]string{"x": noise(1 << 20)}), "EntityTooLarge"},
	} {
		t.Run(name, func(t *testing.T) { says(t, test.code, w.put(job, 0, test.data)) })
	}
	_, err = w.PutJobSuccessResult(t.Context(), &codepipeline.PutJobSuccessResultInput{JobId: job.Id})
	require.NoError(t, err)
	state, err := w.GetPipelineState(t.Context(), &codepipeline.GetPipelineStateInput{Name: factory().Name})
	require.NoError(t, err)
	require.Equal(t, types.ActionExecutionStatusFailed, state.StageStates[1].ActionStates[0].LatestExecution.Status, "its outputs are missing")
}

func TestUploadsInParts(t *testing.T) {
	w, job := building(t, map[string]string{"a": "b"}, func(o *awsapi.Options) { o.MaxScratch = 1 << 20 })
	client := w.store(job.Data.ArtifactCredentials)
	bucket, key := place(job.Data.OutputArtifacts[0])
	ctx := t.Context()
	begin := func() *string {
		out, err := client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key})
		require.NoError(t, err)
		return out.UploadId
	}
	part := func(id *string, n int32, data []byte) (s3types.CompletedPart, error) {
		out, err := client.UploadPart(ctx, &s3.UploadPartInput{Bucket: bucket, Key: key, UploadId: id, PartNumber: &n, Body: bytes.NewReader(data)})
		if err != nil {
			return s3types.CompletedPart{}, err
		}
		require.NotEmpty(t, *out.ChecksumCRC32)
		return s3types.CompletedPart{PartNumber: &n, ETag: out.ETag}, nil
	}
	complete := func(id *string, parts ...s3types.CompletedPart) error {
		_, err := client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: bucket, Key: key, UploadId: id, MultipartUpload: &s3types.CompletedMultipartUpload{Parts: parts}})
		return err
	}
	data := zipped(t, map[string]string{"app": noise(100_000)})
	id := begin()
	third, err := part(id, 3, data[70_000:])
	require.NoError(t, err)
	_, err = part(id, 1, []byte("wrong"))
	require.NoError(t, err)
	first, err := part(id, 1, data[:20_000])
	require.NoError(t, err)
	second, err := part(id, 2, data[20_000:70_000])
	require.NoError(t, err)
	says(t, "InvalidPartOrder", complete(id, second, first))
	says(t, "InvalidPart", complete(id, first, s3types.CompletedPart{PartNumber: aws.Int32(4), ETag: first.ETag}))
	says(t, "InvalidPart", complete(id, s3types.CompletedPart{PartNumber: aws.Int32(1), ETag: second.ETag}))
	says(t, "InvalidRequest", complete(id, first, third))
	says(t, "MalformedXML", complete(id))
	require.NoError(t, complete(id, first, second, third))
	require.NoError(t, complete(id, first, second, third), "a client that asks again is answered as the first time")
	_, err = part(id, 1, data)
	says(t, "NoSuchUpload", err)

	_, err = part(aws.String("none"), 1, data)
	says(t, "NoSuchUpload", err)
	_, err = part(begin(), 10_001, data)
	says(t, "InvalidArgument", err)
	id = begin()
	_, err = part(id, 1, make([]byte, 1<<20+1))
	says(t, "SlowDown", err)
	_, err = part(id, 1, make([]byte, 1<<20))
	require.NoError(t, err)
	says(t, "SlowDown", w.put(job, 0, data))
	_, err = client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: bucket, Key: key, UploadId: id})
	require.NoError(t, err)
	_, err = client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: bucket, Key: key, UploadId: id})
	says(t, "NoSuchUpload", err)
	require.NoError(t, w.put(job, 0, data), "there is room again")

	_, err = client.ListParts(ctx, &s3.ListPartsInput{Bucket: bucket, Key: key, UploadId: begin()})
	says(t, "NotImplemented", err)
	_, err = client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucket})
	says(t, "NotImplemented", err)
	_, err = client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: bucket, Key: key})
	says(t, "NotImplemented", err)
	_, err = client.CopyObject(ctx, &s3.CopyObjectInput{Bucket: bucket, Key: key, CopySource: aws.String("a/b")})
	says(t, "NotImplemented", err)
	from, input := place(job.Data.InputArtifacts[0])
	_, err = client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: from, Key: input})
	denied(t, err)
}

// Nothing of a job is served to those who do not sign, or whose client is not this machine's when there are no credentials.
func TestAnEndpointWithoutCredentials(t *testing.T) {
	w, job := building(t, map[string]string{"a": "b"}, func(o *awsapi.Options) { o.Credentials = nil })
	require.Equal(t, map[string]string{"a": "b"}, w.get(job, 0))
	_, key := place(job.Data.InputArtifacts[0])
	out, err := http.Get(w.server.URL + "/artifacts.example/" + *key)
	require.NoError(t, err)
	require.NoError(t, out.Body.Close())
	require.Equal(t, http.StatusMethodNotAllowed, out.StatusCode)
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, w.server.URL+"/artifacts.example/"+*key, nil)
	require.NoError(t, err)
	r.Header.Set("X-Forwarded-For", "192.0.2.1")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=A/20260304/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature="+strings.Repeat("0", 64))
	out, err = http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer out.Body.Close()
	text, err := io.ReadAll(out.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusForbidden, out.StatusCode)
	require.Contains(t, string(text), "loopback")
}

// witness hears under which names jobs are asked for.
type witness struct {
	awsapi.Engine
	heard []penstock.JobRef
}

// JobDetails is overheard.
func (w *witness) JobDetails(ctx context.Context, job penstock.JobRef) (penstock.Job, error) {
	w.heard = append(w.heard, job)
	return w.Engine.JobDetails(ctx, job)
}

// Credentials that came with a job are for that handing out: whoever is handed it later has others.
func TestCredentialsAreForOneHandingOut(t *testing.T) {
	var options awsapi.Options
	w, job := building(t, map[string]string{"a": "b"}, func(o *awsapi.Options) { options = *o })
	engine := &witness{Engine: w.engine}
	server := httptest.NewServer(awsapi.NewHandler(engine, &options))
	defer server.Close()
	bucket, key := place(job.Data.InputArtifacts[0])
	_, err := w.store(job.Data.ArtifactCredentials).HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: bucket, Key: key}, func(o *s3.Options) { o.BaseEndpoint = &server.URL })
	require.NoError(t, err)
	require.Equal(t, []penstock.JobRef{{ID: *job.Id, Nonce: *job.Nonce}}, engine.heard)
}

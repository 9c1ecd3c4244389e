package vault

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// maxAnswer is the most bytes of an answer that are read: a thousand keysets would fit.
const maxAnswer = 4 << 20

// boundTransport ends requests with a context that their maker did not know, and answers that are too long.
// Tink's AEAD and the lifetime watcher ask Vault without a context.
type boundTransport struct {
	base http.RoundTripper
	ctx  context.Context
}

func (t *boundTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(request.Context())
	stop := context.AfterFunc(t.ctx, cancel)
	end := func() { stop(); cancel() }
	response, err := t.base.RoundTrip(request.WithContext(ctx))
	if err != nil {
		end()
		return nil, err
	}
	response.Body = &boundBody{ReadCloser: response.Body, left: maxAnswer, end: end}
	return response, nil
}

type boundBody struct {
	io.ReadCloser
	left int
	end  func()
}

func (b *boundBody) Read(p []byte) (int, error) {
	if len(p) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if n > b.left {
		return 0, &tooLongError{}
	}
	b.left -= n
	return n, err
}

func (b *boundBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

type tooLongError struct{}

func (*tooLongError) Error() string {
	return fmt.Sprintf("the answer is longer than %d bytes", maxAnswer)
}

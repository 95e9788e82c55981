package containerd

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"
)

// container is the part of containerd.services.containers.v1.Container that is read.
type container struct {
	id, image  string
	labels     map[string]string
	extensions map[string][]byte // the values, without their types
}

// The numbers of the fields, which containerd's API keeps for good.
const (
	fieldContainer  = 1 // of GetContainerResponse
	fieldID         = 1 // of Container, and of GetContainerRequest
	fieldLabels     = 2
	fieldImage      = 3
	fieldExtensions = 10
	fieldKey        = 1 // of the entry of a map
	fieldValue      = 2 // of that, and of google.protobuf.Any
)

var errMessage = errors.New("it answers with a message that cannot be read")

// fields calls a function with each field of a message that has bytes; others are not looked at.
func fields(message []byte, field func(number int, value []byte)) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return errMessage
		}
		message = message[n:]
		if kind == protowire.BytesType {
			value, n := protowire.ConsumeBytes(message)
			if n < 0 {
				return errMessage
			}
			field(int(number), value)
			message = message[n:]
			continue
		}
		if n = protowire.ConsumeFieldValue(number, kind, message); n < 0 {
			return errMessage
		}
		message = message[n:]
	}
	return nil
}

// entry reads an entry of a map.
func entry(message []byte) (key string, value []byte, err error) {
	err = fields(message, func(number int, v []byte) {
		switch number {
		case fieldKey:
			key = string(v)
		case fieldValue:
			value = v
		}
	})
	return key, value, err
}

// readContainer reads a GetContainerResponse.
func readContainer(message []byte) (container, error) {
	c := container{labels: map[string]string{}, extensions: map[string][]byte{}}
	var inner []byte
	err := fields(message, func(number int, value []byte) {
		if number == fieldContainer {
			inner = value
		}
	})
	errs := []error{err}
	errs = append(errs, fields(inner, func(number int, value []byte) {
		switch number {
		case fieldID:
			c.id = string(value)
		case fieldImage:
			c.image = string(value)
		case fieldLabels:
			k, v, err := entry(value)
			c.labels[k] = string(v)
			errs = append(errs, err)
		case fieldExtensions:
			k, v, err := entry(value)
			if err == nil {
				_, c.extensions[k], err = entry(v) // an Any has its value where an entry has
			}
			errs = append(errs, err)
		}
	}))
	return c, errors.Join(errs...)
}

// getContainer is a GetContainerRequest.
func getContainer(id string) []byte {
	return protowire.AppendString(protowire.AppendTag(nil, fieldID, protowire.BytesType), id)
}

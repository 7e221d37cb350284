// Package awsauth proves to a third party who somebody is at AWS: it signs a
// request that asks AWS for exactly that, and does not send it. Whoever gets it
// can send it for some minutes, and learns no key from it.
//
// It is apart from the rest because of what it imports.
package awsauth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
)

// Request is the signed request. The headers are those that it must be sent
// with, no others.
type Request struct {
	Method, Body string
	Header       map[string]string
}

const body = "Action=GetCallerIdentity&Version=2011-06-15"

// Errors of Sign. Each holds AWS's own words, which name no key.
var (
	ErrNoRegion      = errors.New("AWS does not say in which region this runs")
	ErrNoCredentials = errors.New("there are no AWS credentials")
)

// Sign finds credentials and region as the AWS tools do (environment, shared
// files, web identity, container, instance) and signs. Where they come from AWS
// itself, it asks AWS.
func Sign(ctx context.Context) (Request, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return Request{}, fmt.Errorf("%w: %w", ErrNoCredentials, err)
	}
	if cfg.Region == "" {
		if cfg, err = config.LoadDefaultConfig(ctx, config.WithEC2IMDSRegion()); err != nil {
			return Request{}, fmt.Errorf("%w: %w", ErrNoRegion, err)
		}
	}
	if cfg.Region == "" {
		return Request{}, ErrNoRegion
	}
	credentials, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return Request{}, fmt.Errorf("%w: %w", ErrNoCredentials, err)
	}
	return sign(ctx, credentials, cfg.Region, time.Now())
}

// sign leaves the content type out of the signature, as Infisical's own clients
// do: what stands between its server and AWS may write it in another way.
func sign(ctx context.Context, credentials aws.Credentials, region string, now time.Time) (Request, error) {
	host := "sts." + region + ".amazonaws.com"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+host+"/", strings.NewReader(body))
	if err != nil {
		return Request{}, fmt.Errorf("%w: the region is no part of a host name", ErrNoRegion)
	}
	hash := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(ctx, credentials, req, hex.EncodeToString(hash[:]), "sts", region, now); err != nil {
		return Request{}, fmt.Errorf("%w: %w", ErrNoCredentials, err)
	}
	header := map[string]string{
		"Host": host, "Content-Length": strconv.Itoa(len(body)), "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
	}
	for name := range req.Header {
		header[name] = req.Header.Get(name)
	}
	return Request{req.Method, body, header}, nil
}

package provider_test

import (
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

func TestMain(m *testing.M) { acctest.Main(m) }

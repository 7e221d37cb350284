package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// secretNameValidator refuses names that the server cannot hold.
type secretNameValidator struct{}

func (secretNameValidator) Description(context.Context) string {
	return "a name that the server can hold: not empty, no slash, no white space around it, at most 100 UTF-16 units"
}

func (v secretNameValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (secretNameValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := secrets.CheckName(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Secret Name",
			"The server cannot hold a secret of this name: "+err.Error()+".\n\nChoose another name.")
	}
}

// folderPathValidator refuses paths that the server answers with a failure.
type folderPathValidator struct{}

func (folderPathValidator) Description(context.Context) string {
	return "a folder path such as / or /app/db"
}

func (v folderPathValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

func (folderPathValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := secrets.CanonicalPath(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid Folder Path",
			"folder_path cannot be used: "+err.Error()+".\n\nWrite it as / or /app/db.")
	}
}

// notEmptyValidator refuses the empty text, which would silently mean "default".
type notEmptyValidator struct{}

func (notEmptyValidator) Description(context.Context) string { return "not empty" }

func (v notEmptyValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (notEmptyValidator) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !req.ConfigValue.IsNull() && !req.ConfigValue.IsUnknown() && req.ConfigValue.ValueString() == "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Empty Attribute",
			req.Path.String()+" is empty.\n\nSet it, or leave it out (null) to use the default.")
	}
}

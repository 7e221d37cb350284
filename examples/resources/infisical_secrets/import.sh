# ENVIRONMENT:/FOLDER, or WORKSPACE_ID:ENVIRONMENT:/FOLDER
terraform import infisical_secrets.app dev:/app

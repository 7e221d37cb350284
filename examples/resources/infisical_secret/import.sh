# ENVIRONMENT:/FOLDER:NAME, or WORKSPACE_ID:ENVIRONMENT:/FOLDER:NAME
terraform import infisical_secret.api_key dev:/app:API_KEY
